"""The real helm provider, and releases that fail: an apply can be repeated, a destroy takes all away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from modules.bindings import App, HelmProvider
from modules.objects import Objects
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack
from tests.live.client import Client, eventually
from tests.live.inventory import Found, inventory, settled_inventory
from tests.live.pods import spec, workload
from tests.live.servers import Servers
from tests.live.without_aws import without_aws
from tests.sandbox.terraform import Terraform, TerraformError, changes, missing_terraform, providers_at_hand

Json = Any

PLACE: Final = "default"
PATIENCE: Final = 3
"""Seconds that a release gets to become ready."""
NOWHERE: Final = {"no-node-has": "this-label"}


def cluster_role(name: str) -> Json:
    """An object that no namespace takes with it."""
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    return {**kind, "metadata": {"name": name}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}


def deployment(**fields: Any) -> Json:
    """A Deployment, which Helm makes after the roles."""
    return workload("Deployment", PLACE, "some", spec(nodeSelector=NOWHERE), **fields)


READY: Final = deployment(replicas=0)
FAILING: Final = {
    "refused": {**READY, "spec": {**READY["spec"], "selector": {"matchLabels": {"app": "another"}}}},
    "not ready": deployment(replicas=1),
}


@dataclass(frozen=True)
class Sample:
    """A stack of two releases, as the modules emit them, and the terraform and the servers that it is bound to."""

    terraform: Terraform
    admin: Client

    def give(self, last: Json) -> None:
        """Let the second release hold `last` beside its role."""
        path = self.terraform.folder / "cdk.tf.json"
        stack = json.loads(path.read_text())
        stack["locals"]["second_values"]["objects"][1] = last
        path.write_text(json.dumps(stack, indent=2))

    def fail(self, last: Json) -> str:
        """Apply what must fail; return what terraform said."""
        self.give(last)
        with pytest.raises(TerraformError) as failed:
            self.terraform.apply()
        return str(failed.value)

    def left(self, before: Found) -> None:
        """Wait until nothing is left that was not there before."""
        eventually(lambda: inventory(self.admin) - before, lambda found: not found)


@pytest.fixture(scope="module")
def sample(
    fleet: Fleet, servers: Servers, tmp_path_factory: pytest.TempPathFactory, left_out: list[str]
) -> Sample | None:
    """The stack; None, and that is said, where terraform or the helm provider is not at hand."""
    folder = write(fleet, servers, tmp_path_factory.mktemp("failed-releases"))
    reason = missing_terraform()
    if not reason:
        providers = providers_at_hand([folder], folder.parent / "providers")
        reason = ", ".join(f"not at hand: {each}" for each in providers.lacking(folder))
    if reason:
        left_out.append(f"releases that fail, with the real helm provider: {reason}")
        return None
    return Sample(Terraform.ready(folder, providers=providers, environment={}), servers.admin)


def write(fleet: Fleet, servers: Servers, outdir: Path) -> Path:
    """Synthesize the stack, bind it to the servers here and return its folder."""
    app = App(outdir=str(outdir), stack_traces=False)
    stack = FleetStack(app, "sample", fleet=fleet, state_key="sample", providers=("helm",))
    HelmProvider(stack, "helm")
    first = Objects(stack, "first", release_name="first", namespace=PLACE, objects=[cluster_role("first")])
    given = [cluster_role("second"), READY]
    Objects(stack, "second", release_name="second", namespace=PLACE, objects=given, depends_on=[first.resource])
    app.synth()
    path = outdir / "stacks" / "sample" / "cdk.tf.json"
    document = without_aws(json.loads(path.read_text()), "")
    document["provider"] = {"helm": [{"kubernetes": servers.connection()}]}
    document["resource"]["helm_release"]["second"]["timeout"] = PATIENCE
    path.write_text(json.dumps(document))
    return path.parent


@pytest.mark.parametrize("cause", FAILING)
def test_a_destroy_after_a_failed_apply_leaves_nothing(sample: Sample | None, cause: str) -> None:
    if sample is None:
        return
    before = settled_inventory(sample.admin)
    assert "release second failed" in sample.fail(FAILING[cause])
    sample.terraform.destroy()
    sample.left(before)


def test_a_failed_apply_and_a_failed_change_can_be_repeated(sample: Sample | None) -> None:
    if sample is None:
        return
    before = settled_inventory(sample.admin)
    sample.fail(FAILING["not ready"])
    sample.give(READY)
    sample.terraform.apply()
    assert changes(sample.terraform.plan()) == {}
    assert "rolled back" in sample.fail(FAILING["refused"])
    stands = sample.admin.get(READY).or_raise()
    assert stands["spec"]["selector"] == READY["spec"]["selector"]
    sample.give(READY)
    sample.terraform.apply()
    assert changes(sample.terraform.plan()) == {}
    sample.terraform.destroy()
    sample.left(before)
