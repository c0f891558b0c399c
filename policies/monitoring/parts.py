"""What Prometheus and Alertmanager stand on: an operator that looks after them, a volume, Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, Release
from policies.engine.quantities import amount

_GIGABYTE = 1e9
_SIZE = re.compile(r"([0-9.]+)(?:([KMGTPE])(i?))?B")
_CLAIM = frozenset({"accessModes", "resources", "storageClassName", "volumeMode", "volumeName"})


def watched(release: Release) -> Iterator[Finding]:
    """Yield a finding where the operator overlooks the namespace in which Prometheus and Alertmanager stand."""
    operator = release.values["prometheusOperator"]
    for key in ("prometheusInstanceNamespaces", "alertmanagerInstanceNamespaces"):
        listed = operator[key].strings()
        if listed and release.namespace not in listed:
            yield operator[key].finding(f"lack {release.namespace}, where they are to run", expected=release.namespace)


def _bytes(size: Attribute) -> float:
    match = _SIZE.fullmatch(size.text() or "")
    if match is None:
        return 0
    number, unit, binary = match.groups()
    step = 1024 if binary else 1000
    return float(number) * step ** (1 + "KMGTPE".index(unit)) if unit else float(number)


def room_for_a_day(spec: Attribute) -> Iterator[Finding]:
    """Yield a finding where the size to which data is cut leaves little of it, or is more than the volume holds."""
    size = spec["retentionSize"]
    most = amount(spec["storageSpec.volumeClaimTemplate.spec.resources.requests.storage"]) or float("inf")
    if not size.absent and not _GIGABYTE <= _bytes(size) < most:
        yield size.finding("leaves too little, or more than the volume holds", expected="a gigabyte to what is claimed")


def claimed(claim: Attribute, least: float = parameters.LEAST_METRICS_VOLUME) -> Iterator[Finding]:
    """Yield a finding unless the claim is one that its class can serve, and of some size."""
    storage = claim["resources.requests.storage"]
    yield from claim["volumeName"].must_be_absent("the volume is made by its class")
    yield from claim["volumeMode"].must_be_one_of((None, "Filesystem"))
    if storage.absent:
        yield storage.finding("is absent: Prometheus would keep its data in the pod")
    elif amount(storage) < least:
        yield storage.finding("is too small", expected=f"{least:g} bytes or more")
    if foreign := set(claim["accessModes"].strings()) - {"ReadWriteOnce", "ReadWriteOncePod"}:
        yield claim["accessModes"].finding(f"hold {sorted(foreign)}, which EBS cannot give", expected="ReadWriteOnce")
    for key, value in claim.items():
        if key not in _CLAIM:
            yield value.finding("may keep the volume from being made", expected="absent")


def driver(cluster: Cluster) -> Iterator[Finding]:
    """Yield a finding unless the storage driver has a role that may make volumes, and no more."""
    roles = {id(each.resource): each for each in cluster.roles()}
    for addon in cluster.resources("aws_eks_addon"):
        if addon["addon_name"].text() != "aws-ebs-csi-driver":
            continue
        given = addon["service_account_role_arn"]
        held = [
            each for role in given.follow("aws_iam_role") if id(role) in roles for each in roles[id(role)].managed_arns
        ]
        if parameters.STORAGE_POLICY not in held:
            yield given.finding("lets the driver make no volume", expected=parameters.STORAGE_POLICY)
        if more := [each for each in held if each != parameters.STORAGE_POLICY]:
            yield given.finding(f"lets the driver do more: {more}", expected=parameters.STORAGE_POLICY)


def holds(cluster: Cluster, namespace: str, path: str) -> bool:
    """Whether a Secret of the namespace, named by the first step of `path`, has the key that the rest names, as far as can be seen."""
    name, _, key = path.partition("/")
    for secret in cluster.objects("Secret"):
        if secret.name == name and secret.namespace == namespace:
            shown = [secret[part].node for part in ("data", "stringData", "dataWo", "binaryDataWo")]
            keys = [str(each) for node in shown if isinstance(node, dict) for each in node]
            return not keys or not key or key in keys
    return False
