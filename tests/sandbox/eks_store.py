"""What the embedded EKS keeps besides moto's own clusters and node groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import utcnow
from moto.eks.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from moto.eks.responses import EKSResponse
from moto.moto_api._internal import mock_random

Record = dict[str, Any]


@dataclass
class ClusterStore:
    """Sub-resources of one cluster by kind and name, and its past updates."""

    addons: dict[str, Record] = field(default_factory=dict)
    identity_provider_configs: dict[str, Record] = field(default_factory=dict)
    access_entries: dict[str, Record] = field(default_factory=dict)
    access_policies: dict[tuple[str, str], Record] = field(default_factory=dict)
    updates: dict[str, Record] = field(default_factory=dict)

    def update(self, kind: str) -> Record:
        """Record an update that has succeeded at once and return it."""
        update: Record = {
            "id": str(mock_random.uuid4()),
            "status": "Successful",
            "type": kind,
            "params": [],
            "createdAt": utcnow(),
            "errors": [],
        }
        self.updates[update["id"]] = update
        return update


STORES: defaultdict[tuple[str, str, str], ClusterStore] = defaultdict(ClusterStore)
"""Store by account, region and cluster."""


def missing(kind: str, name: str) -> ResourceNotFoundException:
    """The error of EKS for what does not exist."""
    return ResourceNotFoundException(
        clusterName=None,
        nodegroupName=None,
        fargateProfileName=None,
        addonName=None,
        message=f"No {kind} found: {name}",
    )


def exists(kind: str, name: str) -> ResourceInUseException:
    """The error of EKS for what exists already."""
    return ResourceInUseException(
        clusterName=None, nodegroupName=None, addonName=None, message=f"{kind} already exists: {name}"
    )


def refused(message: str) -> InvalidRequestException:
    """The error of EKS for what it does not do."""
    return InvalidRequestException(message=message)


def invalid(message: str) -> InvalidParameterException:
    """The error of EKS for a value that it does not take."""
    return InvalidParameterException(
        clusterName=None, nodegroupName=None, fargateProfileName=None, addonName=None, message=message
    )


def latest_release(version: str) -> str:
    """The newest release of the node image for a Kubernetes version."""
    return f"{version}.4-20261101"


def store_of(response: EKSResponse) -> ClusterStore:
    """The store of the cluster that a request names; an error where there is none."""
    cluster = response.eks_backend.describe_cluster(name=response._get_param("name"))
    return STORES[(response.current_account, response.region, cluster.name)]


def version_of(response: EKSResponse) -> str:
    """The Kubernetes version of the cluster that a request names."""
    return str(response.eks_backend.describe_cluster(name=response._get_param("name")).version)


def arn_of(response: EKSResponse, kind: str, *names: str) -> str:
    """The ARN of something that belongs to the cluster that a request names."""
    path = "/".join((kind, response._get_param("name"), *names))
    return f"arn:aws:eks:{response.region}:{response.current_account}:{path}"


def known(records: Mapping[str, Record], kind: str, name: str) -> Record:
    """The record of that name; an error of EKS where there is none."""
    if name not in records:
        raise missing(kind, name)
    return records[name]


def replace(response: EKSResponse, record: Record, *keys: str) -> None:
    """Put what is given of `keys` in the place of what was."""
    record.update({key: response._get_param(key) for key in keys if response._get_param(key) is not None})
