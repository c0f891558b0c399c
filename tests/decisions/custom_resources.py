"""Holds custom resources against the CRDs that a chart brings, unknown fields refused rather than pruned."""

from __future__ import annotations

from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from tests.decisions.emitted import Json


def crds(chart: Path) -> dict[tuple[str, str], Json]:
    """The schemas of a chart's CRDs by API version and kind, at least one."""
    found = {}
    for path in sorted((chart / "crds").rglob("*.yaml")):
        for crd in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            for version in crd["spec"]["versions"] if crd else ():
                api_version = f"{crd['spec']['group']}/{version['name']}"
                found[api_version, crd["spec"]["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    assert found, f"{chart}: no CRD"
    return found


def strict(schema: Json) -> Json:
    """`schema` with every object closed whose fields are known."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(each) for key, each in schema.items() if key not in ("default", "example")}
    if closed.pop("x-kubernetes-int-or-string", False):
        closed.pop("anyOf", None)
        return {"type": ["integer", "string"]}
    if isinstance(closed.get("properties"), dict) and not closed.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed


def problems(schemas: dict[tuple[str, str], Json], resource: Json) -> list[str]:
    """What its CRD refuses or would prune of `resource`."""
    schema = schemas[resource["apiVersion"], resource["kind"]]
    specification = strict(schema["properties"]["spec"])
    return [error.message for error in Draft202012Validator(specification).iter_errors(resource["spec"])]
