"""The operations of EKS on add-ons, which moto does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.responses import EKSResponse

from tests.sandbox.addon_configuration import problems
from tests.sandbox.eks_store import Record, arn_of, exists, invalid, known, replace, store_of, version_of

ADDON_VERSIONS: Final = {
    "vpc-cni": ("v1.22.3-eksbuild.1", "v1.21.1-eksbuild.3"),
    "coredns": ("v1.13.2-eksbuild.11", "v1.12.4-eksbuild.1"),
    "aws-ebs-csi-driver": ("v1.57.1-eksbuild.1", "v1.56.0-eksbuild.1"),
}
"""Versions that the embedded EKS offers for every Kubernetes, newest first; the second is the default."""


def versions_of(addon: str, kubernetes_version: str) -> tuple[str, str]:
    """What is offered of an add-on, the default last: kube-proxy is the cluster's own version."""
    if addon == "kube-proxy":
        return f"v{kubernetes_version}.9-eksbuild.2", f"v{kubernetes_version}.9-eksbuild.1"
    return ADDON_VERSIONS[addon]


def _check_configuration(response: EKSResponse, addon: str) -> None:
    found = problems(addon, response._get_param("configurationValues"))
    if found:
        raise invalid(f"ConfigurationValue provided in request is not supported: {found}")


def create_addon(self: EKSResponse) -> ActionResult:
    """CreateAddon: active at once."""
    addons, name = store_of(self).addons, self._get_param("addonName")
    if name in addons:
        raise exists("addon", name)
    _check_configuration(self, name)
    addons[name] = {
        "addonName": name,
        "clusterName": self._get_param("name"),
        "status": "ACTIVE",
        "addonVersion": self._get_param("addonVersion") or versions_of(name, version_of(self))[1],
        "health": {"issues": []},
        "addonArn": arn_of(self, "addon", name, "00000000-0000-0000-0000-000000000000"),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "serviceAccountRoleArn": self._get_param("serviceAccountRoleArn"),
        "configurationValues": self._get_param("configurationValues"),
        "tags": self._get_param("tags") or {},
    }
    return ActionResult({"addon": addons[name]})


def _addon(response: EKSResponse) -> Record:
    return known(store_of(response).addons, "addon", unquote(response._get_param("addonName")))


def describe_addon(self: EKSResponse) -> ActionResult:
    """DescribeAddon."""
    return ActionResult({"addon": _addon(self)})


def update_addon(self: EKSResponse) -> ActionResult:
    """UpdateAddon."""
    addon = _addon(self)
    _check_configuration(self, addon["addonName"])
    replace(self, addon, "addonVersion", "serviceAccountRoleArn", "configurationValues")
    return ActionResult({"update": store_of(self).update("AddonUpdate")})


def delete_addon(self: EKSResponse) -> ActionResult:
    """DeleteAddon."""
    addon = _addon(self)
    del store_of(self).addons[addon["addonName"]]
    return ActionResult({"addon": addon})


def list_addons(self: EKSResponse) -> ActionResult:
    """ListAddons."""
    return ActionResult({"addons": sorted(store_of(self).addons)})


def describe_addon_versions(self: EKSResponse) -> ActionResult:
    """DescribeAddonVersions."""
    kubernetes, name = self._get_param("kubernetesVersion"), self._get_param("addonName")

    def described(addon: str) -> Record:
        newest, default = versions_of(addon, kubernetes)
        return {
            "addonName": addon,
            "type": "networking",
            "addonVersions": [
                {
                    "addonVersion": each,
                    "compatibilities": [{"clusterVersion": kubernetes, "defaultVersion": each == default}],
                }
                for each in (newest, default)
            ],
        }

    return ActionResult(
        {"addons": [described(each) for each in (*ADDON_VERSIONS, "kube-proxy") if name in (None, each)]}
    )


ADDON_OPERATIONS: Final[tuple[Callable[[EKSResponse], ActionResult], ...]] = (
    create_addon, describe_addon, update_addon, delete_addon, list_addons, describe_addon_versions,
)  # fmt: skip
