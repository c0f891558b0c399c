"""A Helm release with its chart pinned and its values as a structured local, so that a diff of the output is local."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modules.bindings import Construct, HelmRelease, ITerraformDependable, ReleaseSetWo, TerraformLocal
from modules.ephemeral import SecretReference
from modules.expression import Value, structured


@dataclass(frozen=True, kw_only=True)
class ChartPin:
    """One chart at one version; `repository` and `version` are absent for a chart that travels with the stack.

    `name` is then its path, relative to the stack's folder.
    """

    name: str
    repository: str | None = None
    version: str | None = None

    def __post_init__(self) -> None:
        if (self.repository is None) != (self.version is None):
            raise ValueError(f"chart {self.name}: a repository and a version go together")


class Release(Construct):
    """One `helm_release` that can be applied again after it failed half way, or destroyed.

    The provider puts a release that fails at its install into no state, so that a destroy would leave its objects:
    `atomic` takes them away at once, and a change that fails goes back to what stood. What a slow first install has
    gained outlives that: nodes have joined and hold the images. `upgrade_install` takes up a release that is in the
    cluster but not in the state.

    Values in `secrets` (value path to secret) go by write-only arguments and are in neither plan nor state. The
    provider sends them only when their revision rises, and Helm keeps the former ones then by `reuse_values`;
    without it, any other change of the values would put the chart's default in the secret's place. A release with
    secrets therefore states every value that matters: a key that is taken out here stays as it was, and defaults that
    a newer chart brings do not come in.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        chart: ChartPin,
        release_name: str,
        namespace: str,
        values: Mapping[str, Value],
        secrets: Mapping[str, SecretReference] | None = None,
        timeout: int = 600,
        disable_webhooks: bool = False,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        """Release `chart` as `release_name`.

        `namespace` is its name: what makes it is among `depends_on`. `timeout` is in seconds; `disable_webhooks` leaves
        out the chart's hooks: one before its deletion would run in a failed install too, and fail likewise.
        """
        super().__init__(scope, id_)
        local = TerraformLocal(self, "values", structured(values))
        opened = sorted((secrets or {}).items())
        self.resource = HelmRelease(
            self,
            "Default",
            name=release_name,
            namespace=namespace,
            chart=chart.name,
            repository=chart.repository,
            version=chart.version,
            values=[f"${{jsonencode(local.{local.friendly_unique_id})}}"],
            set_wo=[ReleaseSetWo(name=path, value=write_only_value(secret), type="string") for path, secret in opened]
            or None,
            set_wo_revision=sum(secret.revision for _, secret in opened) or None,
            reuse_values=True if opened else None,
            upgrade_install=True,
            atomic=True,
            wait=True,
            timeout=timeout,
            max_history=5,
            cleanup_on_fail=True,
            disable_webhooks=True if disable_webhooks else None,
            depends_on=list(depends_on) or None,
        )


def write_only_value(secret: SecretReference) -> str:
    r"""Return the expression of `secret` with the `\`, `,` and `{` that Helm's `--set` syntax acts on escaped."""
    expression = secret.value.removeprefix("${").removesuffix("}")
    return rf'${{replace({expression}, "/([\\\\,{{])/", "\\$1")}}'
