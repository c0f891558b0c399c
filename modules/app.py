"""Builds the CDKTF app of a fleet."""

from __future__ import annotations

from pathlib import Path

from modules.bindings import APP_CONTEXT, App
from modules.settings.fleet import Fleet
from modules.stacks.account import AccountStack
from modules.stacks.cluster import ClusterStack
from modules.stacks.identity import IdentityStack
from modules.stacks.login import LoginStack
from modules.stacks.workloads import WorkloadsStack

REQUIRED_TERRAFORM = ">= 1.11.0"
"""Write-only arguments and ephemeral resources need it."""
VERSIONS = "versions.tf"
"""Where a stack says so: checkov reads no JSON in which the `terraform` block does."""


def synthesize(fleet: Fleet, outdir: Path) -> None:
    """Write the stacks of `fleet` below `outdir`, each with the Terraform it needs."""
    build_app(fleet, outdir).synth()
    for stack in (outdir / "stacks").iterdir():
        text = f'terraform {{\n  required_version = "{REQUIRED_TERRAFORM}"\n}}\n'
        (stack / VERSIONS).write_text(text, encoding="utf-8")


def build_app(fleet: Fleet, outdir: Path) -> App:
    """Return the app of `fleet` that will write below `outdir`; stacks depend on what must exist before them."""
    app = App(outdir=str(outdir), stack_traces=False, context=APP_CONTEXT)
    identity = IdentityStack(app, fleet=fleet)
    account = AccountStack(app, fleet=fleet)
    for cluster in sorted(fleet.clusters, key=lambda each: each.name):
        login = LoginStack(app, fleet=fleet, cluster=cluster)
        login.add_dependency(identity)
        aws = ClusterStack(app, fleet=fleet, cluster=cluster)
        aws.add_dependency(account)
        aws.add_dependency(login)
        WorkloadsStack(app, fleet=fleet, cluster=cluster).add_dependency(aws)
    return app
