"""Kubernetes objects that need a CRD or have no Terraform resource, by a local chart that only writes them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from modules.bindings import AssetType, Construct, ITerraformDependable, TerraformAsset, TerraformStack
from modules.expression import Value
from modules.release import ChartPin, Release

CHART = Path(__file__).resolve().parents[1] / "charts" / "objects"
_ASSET_ID = "objects-chart"

KubernetesObject = Mapping[str, Value]
"""One object as its manifest has it: apiVersion, kind, metadata and the rest."""


class Objects(Construct):
    """A release of the local chart `objects`.

    The objects stand whole in a local of the stack, so that a plan shows each of them to a reviewer and no chart
    engine is needed to judge them. The chart travels with the stack as its asset.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        release_name: str,
        namespace: str,
        objects: Sequence[KubernetesObject],
        depends_on: Iterable[ITerraformDependable] = (),
    ) -> None:
        """Release `objects`, at least one, as `release_name`; the release's own record lies in `namespace`."""
        super().__init__(scope, id_)
        if not objects:
            raise ValueError(f"release {release_name} has no object")
        self.release = Release(
            self,
            "Default",
            chart=ChartPin(name=f"./{_chart_of(TerraformStack.of(self)).path}"),
            release_name=release_name,
            namespace=namespace,
            values={"objects": list(objects)},
            depends_on=list(depends_on),
        )
        self.resource = self.release.resource


def _chart_of(stack: TerraformStack) -> TerraformAsset:
    """Return the one copy of the chart that travels with `stack`."""
    found = stack.node.try_find_child(_ASSET_ID)
    if isinstance(found, TerraformAsset):
        return found
    return TerraformAsset(stack, _ASSET_ID, path=str(CHART), type=AssetType.DIRECTORY)
