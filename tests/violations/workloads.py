"""What violations of the workloads stacks share: where a release's values and its objects stand."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Body, Stacks

LIVE = "live-workloads"


def values(stacks: Stacks, release: str, stack: str = LIVE) -> Any:
    """Return the values of a release, and note that it is touched."""
    stacks.one(stack, "helm_release", release)
    return stacks.local(stack, f"{release}_values")


def held(stacks: Stacks, release: str, kind: str, stack: str = LIVE) -> Any:
    """Return the one object of a kind in a release of the objects chart, and note that it is touched."""
    found = [each for each in values(stacks, release, stack)["objects"] if each["kind"] == kind]
    assert len(found) == 1, f"{release} holds {len(found)} of {kind}"
    return found[0]


def installation(stacks: Stacks, stack: str = LIVE) -> Any:
    """Return the specification of Calico's Installation, and note that its release is touched."""
    return held(stacks, "calico_installation", "Installation", stack)["spec"]


def into_the_chart(stacks: Stacks, stack: str = LIVE) -> Any:
    """Have the operator's chart make the Installation, as an estate by hand may; return it as it stands in the values."""
    specification = stacks.local(stack, "calico_installation_values")["objects"][0]["spec"]
    stacks.remove(stack, "helm_release", "calico_installation")
    stacks.one(stack, "helm_release", "calico").pop("disable_webhooks")
    given: Body = {"enabled": True, **specification}
    values(stacks, "calico", stack)["installation"] = given
    return given


def set_value(stacks: Stacks, release: str, name: str, value: str, stack: str = LIVE) -> None:
    """Lay a `set` over the values of a release."""
    body = stacks.one(stack, "helm_release", release)
    body["set"] = [*body.get("set", []), {"name": name, "value": value}]


def manifest(stacks: Stacks, name: str, body: Body, stack: str = LIVE, after: str = "helm_release.calico") -> None:
    """Add an object as a kubernetes_manifest."""
    stacks.add(stack, "kubernetes_manifest", name, {"manifest": body, "depends_on": [after]})
