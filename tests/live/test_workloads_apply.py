"""The real helm and kubernetes providers apply the workloads stack to real servers, find nothing left, destroy it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modules.settings.fleet import Fleet
from tests.conftest import read_stacks
from tests.decisions.rendering import Helm
from tests.live.applied import namespace
from tests.live.bound import at_hand, bind
from tests.live.calico_operator import calico_operator
from tests.live.client import eventually
from tests.live.conftest import CLUSTER, SMALL_CLUSTER
from tests.live.kubelet import kubelets
from tests.live.nodes import join, nodes_of
from tests.live.servers import Servers, running
from tests.live.without_aws import without_aws
from tests.sandbox.terraform import Terraform, changes

Json = Any

STACK = f"{SMALL_CLUSTER}-workloads"
VALUE = "dmFsdWU="
"""Stands for each value that AWS would tell: text, and base64 of text."""
OF_TENANTS = {
    f"kubernetes_{each}"
    for each in ("limit_range_v1", "namespace_v1", "resource_quota_v1", "role_binding_v1", "service_account_v1")
}
MADE_BY_OTHERS = ("ingress-controllers", "cert-manager")


@dataclass(frozen=True)
class Deployment:
    """A copy of the stack that terraform can run here, and the servers that it is bound to."""

    terraform: Terraform
    servers: Servers
    addresses: frozenset[str]


@pytest.fixture(scope="module")
def deployment(
    fleet: Fleet,
    synthesize_once: Callable[[Fleet], Path],
    charts: Helm | None,
    tmp_path_factory: pytest.TempPathFactory,
    left_out: list[str],
) -> Iterator[Deployment | None]:
    """Servers of its own, for at the end they are empty again; None, and that is said, where it cannot be made."""
    folder = tmp_path_factory.mktemp("workloads") / STACK
    outdir = synthesize_once(with_tenants(fleet))
    shutil.copytree(outdir / "stacks" / STACK, folder)
    synthesized = read_stacks(outdir)
    stack = folder / "cdk.tf.json"
    stack.write_text(json.dumps(without_aws(json.loads(stack.read_text()), VALUE)))
    providers, reason = at_hand(folder, charts)
    if reason or charts is None:
        left_out.append(f"apply and destroy of the workloads stack: {reason}")
        yield None
        return
    (config,) = synthesized[SMALL_CLUSTER]["resource"]["aws_eks_identity_provider_config"].values()
    with running(config["oidc"]) as servers:
        for name in MADE_BY_OTHERS:
            servers.admin.create(namespace(name)).or_raise()
        join(servers.admin, list(nodes_of(synthesized[SMALL_CLUSTER])))
        addresses = bind(stack, servers, charts)
        terraform = Terraform.ready(folder, providers=providers, environment={})
        with kubelets(servers.admin), calico_operator(servers.admin):
            yield Deployment(terraform, servers, addresses)


def with_tenants(fleet: Fleet) -> Fleet:
    """The committed fleet, with tenants in the small cluster: one that is scraped and has an account, one without."""
    by_name = {each.name: each for each in fleet.clusters}
    small = by_name[SMALL_CLUSTER]
    rich = next(each for each in by_name[CLUSTER].namespaces if each.scraped and each.service_accounts)
    plain = next(each for each in by_name[CLUSTER].namespaces if not each.scraped and not each.service_accounts)
    tenants = small.model_copy(update={"namespaces": type(small.namespaces)([rich, plain])})
    clusters = [tenants if each is small else each for each in fleet.clusters]
    return fleet.model_copy(update={"clusters": type(fleet.clusters)(clusters)})


def test_the_stack_is_applied_settles_and_is_destroyed(deployment: Deployment | None) -> None:
    if deployment is None:
        return
    terraform, admin = deployment.terraform, deployment.servers.admin
    before = kept(deployment.servers)
    terraform.apply()
    made = set(terraform.run("state", "list").split())
    assert made == deployment.addresses
    assert {each.partition(".")[0] for each in made} >= OF_TENANTS
    releases = {
        each["metadata"]["labels"]["name"]: each["metadata"]["labels"]["status"] for each in helm_records(admin)
    }
    assert set(releases.values()) == {"deployed"}, releases
    assert changes(terraform.plan()) == {}
    terraform.destroy()
    assert terraform.run("state", "list") == ""
    assert helm_records(admin) == []
    eventually(lambda: kept(deployment.servers), lambda found: found == before)


def helm_records(admin: Any) -> list[Json]:
    """What Helm notes of each release."""
    return list(admin.items("/api/v1/secrets?labelSelector=owner%3Dhelm"))


def kept(servers: Servers) -> dict[str, Json]:
    """Namespaces with their labels, guards and bindings: what must be as it was when all is destroyed."""
    admin = servers.admin
    guards = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    return {
        "namespaces": {
            each["metadata"]["name"]: each["metadata"].get("labels") for each in admin.items("/api/v1/namespaces")
        },
        "guards": [each["metadata"]["name"] for each in admin.items(guards)],
        "bindings": sorted(each["metadata"]["name"] for each in admin.items(bindings)),
    }
