"""The real helm provider, Calico's real chart, and an operator that never runs, runs, or stands there from before."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from modules.bindings import App, HelmProvider
from modules.network_policy import Calico
from modules.settings import names
from modules.settings.fleet import Fleet
from modules.stacks.fleet_stack import FleetStack
from tests.conftest import Stacks
from tests.decisions.rendering import Helm
from tests.live.applied import namespace
from tests.live.bound import at_hand, bind
from tests.live.calico_operator import FINALIZER, INSTALLATION, calico_operator
from tests.live.client import Client, eventually
from tests.live.conftest import SMALL_CLUSTER
from tests.live.inventory import Found, inventory, settled_inventory
from tests.live.kubelet import kubelets
from tests.live.nodes import join, nodes_of
from tests.live.servers import running
from tests.live.without_aws import without_aws
from tests.sandbox.terraform import Terraform, TerraformError, changes

Json = Any

PATIENCE: Final = 3
"""Seconds that an operator gets whose pods never run."""
ENOUGH: Final = 60
"""Seconds that everything else gets."""
TYPES: Final = ("apiextensions.k8s.io/CustomResourceDefinition", "apiregistration.k8s.io/APIService")
"""What Helm never takes away again: the types that a chart brings, and their place in the API."""
HANDED_OVER: Final = {
    "helm.sh/resource-policy": "keep",
    "meta.helm.sh/release-name": "calico",
    "meta.helm.sh/release-namespace": names.TIGERA_OPERATOR,
}
"""The annotations that docs/operations.md names."""


@dataclass(frozen=True)
class Sample:
    """A stack of Calico alone, as the module emits it, and the terraform and the servers that it is bound to."""

    terraform: Terraform
    admin: Client
    nodes: tuple[Json, ...]
    """Nodes that have yet to join."""

    @property
    def path(self) -> Path:
        """The stack's file."""
        return self.terraform.folder / "cdk.tf.json"

    def write(self, stack: Json, *, patience: int = ENOUGH) -> None:
        """Write the stack; the operator gets `patience` seconds."""
        written = copy.deepcopy(stack)
        for name, release in written["resource"]["helm_release"].items():
            release["timeout"] = patience if name == "calico" else ENOUGH
        self.path.write_text(json.dumps(written, indent=2))

    def left(self, before: Found) -> None:
        """Wait until nothing is left that was not there before, types excepted."""
        eventually(lambda: {each for each in inventory(self.admin) - before if each[0] not in TYPES}, lambda it: not it)


@pytest.fixture(scope="module")
def sample(
    fleet: Fleet,
    oidc: dict[str, Any],
    synthesized: Stacks,
    charts: Helm | None,
    tmp_path_factory: pytest.TempPathFactory,
    left_out: list[str],
) -> Iterator[Sample | None]:
    """Servers of its own, without a node; None, and that is said, where they cannot be."""
    folder = write(fleet, tmp_path_factory.mktemp("calico"))
    providers, reason = at_hand(folder, charts)
    if reason or charts is None:
        left_out.append(f"Calico's releases that fail or go: {reason}")
        yield None
        return
    with running(oidc) as servers:
        servers.admin.create(namespace(names.TIGERA_OPERATOR)).or_raise()
        nodes = tuple(nodes_of(synthesized[SMALL_CLUSTER]))
        bind(folder / "cdk.tf.json", servers, charts)
        yield Sample(Terraform.ready(folder, providers=providers, environment={}), servers.admin, nodes)


def write(fleet: Fleet, outdir: Path) -> Path:
    """Synthesize the stack and return its folder."""
    app = App(outdir=str(outdir), stack_traces=False)
    stack = FleetStack(app, "sample", fleet=fleet, state_key="sample", providers=("helm",))
    HelmProvider(stack, "helm")
    Calico(stack, "calico", namespace=names.TIGERA_OPERATOR, depends_on=[])
    app.synth()
    path = outdir / "stacks" / "sample" / "cdk.tf.json"
    path.write_text(json.dumps(without_aws(json.loads(path.read_text()), "")))
    return path.parent


def as_it_was(stack: Json) -> Json:
    """The stack of before: the operator's chart makes the Installation, and its hook takes it away."""
    former = copy.deepcopy(stack)
    (installation,) = former["locals"].pop("calico_installation_values")["objects"]
    del former["resource"]["helm_release"]["calico_installation"]
    former["locals"]["calico_values"]["installation"] = {"enabled": True, **installation["spec"]}
    operator = former["resource"]["helm_release"]["calico"]
    del operator["disable_webhooks"], operator["atomic"]
    return former


def test_a_first_install_that_fails_is_undone_and_one_destroy_takes_all_away(sample: Sample | None) -> None:
    """The operator's pod never runs, nor would that of a Job that takes it away, as where its image is not to be had."""
    if sample is None:
        return
    stack = json.loads(sample.path.read_text())
    before = settled_inventory(sample.admin)
    sample.write(stack, patience=PATIENCE)
    with pytest.raises(TerraformError, match="release tigera-operator failed, and has been uninstalled"):
        sample.terraform.apply()
    sample.left(before)
    sample.terraform.destroy()
    sample.left(before)
    sample.write(stack)


def test_an_installation_of_before_is_taken_up_and_goes_while_the_operator_runs(sample: Sample | None) -> None:
    if sample is None:
        return
    stack, admin = json.loads(sample.path.read_text()), sample.admin
    join(admin, list(sample.nodes))
    before = settled_inventory(admin)
    with kubelets(admin), calico_operator(admin):
        sample.write(as_it_was(stack))
        sample.terraform.apply()
        stood = eventually(lambda: admin.get(INSTALLATION).or_raise(), lambda it: FINALIZER in finalizers(it))
        admin.patch(INSTALLATION, {"metadata": {"annotations": HANDED_OVER}}).or_raise()
        sample.write(stack)
        sample.terraform.apply()
        stands = admin.get(INSTALLATION).or_raise()
        assert stands["metadata"]["uid"] == stood["metadata"]["uid"]
        assert "deletionTimestamp" not in stands["metadata"]
        assert changes(sample.terraform.plan()) == {}
        sample.terraform.destroy()
    sample.left(before)


def finalizers(installation: Json) -> list[str]:
    """What holds an Installation."""
    return list(installation["metadata"].get("finalizers", []))
