"""PodSecurityPolicy of policy/v1beta1, which no server of today takes: its fields and what the old servers checked.

Fields: Kubernetes API reference v1.21, "PodSecurityPolicySpec v1beta1 policy". Values of the rules and the checks beyond
types: "Pod Security Policies" in the documentation of Kubernetes v1.21, its sections on each field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

Json = Any

SERVED_UNTIL = (1, 24)
"""The last Kubernetes that knows it."""

_FLAG = {"type": "boolean"}
_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}}
_VOLUMES = [
    "*",
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephFS",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
]


def _closed(required: tuple[str, ...] = (), **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _listed(**properties: Json) -> Json:
    return {"type": "array", "items": _closed(tuple(properties), **properties)}


def _strategy(*rules: str, ranged: bool = True) -> Json:
    spans = _listed(min={"type": "integer", "minimum": 0}, max={"type": "integer", "minimum": 0})
    return _closed(("rule",), rule={"enum": list(rules)}, **({"ranges": spans} if ranged else {}))


_GROUPS = ("MayRunAs", "MustRunAs", "RunAsAny")
_PORT = {"type": "integer", "minimum": 0, "maximum": 65535}
SCHEMA: Json = _closed(
    ("seLinux", "runAsUser", "supplementalGroups", "fsGroup"),
    allowPrivilegeEscalation=_FLAG,
    allowedCSIDrivers=_listed(name={"type": "string"}),
    allowedCapabilities=_TEXTS,
    allowedFlexVolumes=_listed(driver={"type": "string"}),
    allowedHostPaths={
        "type": "array",
        "items": _closed(("pathPrefix",), pathPrefix={"type": "string"}, readOnly=_FLAG),
    },
    allowedProcMountTypes=_TEXTS,
    allowedUnsafeSysctls=_TEXTS,
    defaultAddCapabilities=_TEXTS,
    defaultAllowPrivilegeEscalation=_FLAG,
    forbiddenSysctls=_TEXTS,
    fsGroup=_strategy(*_GROUPS),
    hostIPC=_FLAG,
    hostNetwork=_FLAG,
    hostPID=_FLAG,
    hostPorts=_listed(min=_PORT, max=_PORT),
    privileged=_FLAG,
    readOnlyRootFilesystem=_FLAG,
    requiredDropCapabilities=_TEXTS,
    runAsGroup=_strategy(*_GROUPS),
    runAsUser=_strategy("MustRunAs", "MustRunAsNonRoot", "RunAsAny"),
    runtimeClass=_closed(
        ("allowedRuntimeClassNames",), allowedRuntimeClassNames=_TEXTS, defaultRuntimeClassName={"type": "string"}
    ),
    seLinux={
        **_strategy("MustRunAs", "RunAsAny", ranged=False),
        "properties": {
            "rule": {"enum": ["MustRunAs", "RunAsAny"]},
            "seLinuxOptions": _closed((), **{key: {"type": "string"} for key in ("level", "role", "type", "user")}),
        },
    },
    supplementalGroups=_strategy(*_GROUPS),
    volumes={"type": "array", "items": {"enum": _VOLUMES}},
)
"""`spec` of a PodSecurityPolicy."""

_NAMES = {"host_ipc": "hostIPC", "host_pid": "hostPID", "allowed_csi_driver": "allowedCSIDrivers", "range": "ranges"}


def specification(block: Mapping[str, Json]) -> Json:
    """The `spec` that the kubernetes provider sends for its block `spec`."""
    return {_name(key): _value(value) for key, value in block.items()}


def _name(key: str) -> str:
    head, *rest = key.split("_")
    return _NAMES.get(key, head + "".join(part.capitalize() for part in rest))


def _value(value: Json) -> Json:
    if isinstance(value, dict):
        return specification(value)
    return [_value(each) for each in value] if isinstance(value, list) else value


def problems(spec: Json) -> Iterator[str]:
    """What the servers of then would refuse a `spec` for."""
    yield from (error.message for error in Draft202012Validator(SCHEMA).iter_errors(spec))
    if spec.get("defaultAllowPrivilegeEscalation") and spec.get("allowPrivilegeEscalation") is False:
        yield "privilege escalation is the default and not allowed"
    dropped, added = set(spec.get("requiredDropCapabilities", [])), set(spec.get("defaultAddCapabilities", []))
    allowed = set(spec.get("allowedCapabilities", []))
    if dropped & (added | allowed) or added & allowed or (dropped and "*" in allowed):
        yield "a capability is dropped and added, or added twice"
    for key in ("fsGroup", "runAsGroup", "runAsUser", "supplementalGroups"):
        strategy = spec.get(key, {})
        for span in strategy.get("ranges", []):
            if span["min"] > span["max"]:
                yield f"{key}: {span} ends before it begins"
        if strategy.get("rule") in ("MustRunAs", "MayRunAs") and not strategy.get("ranges"):
            yield f"{key}: {strategy['rule']} needs ranges"
