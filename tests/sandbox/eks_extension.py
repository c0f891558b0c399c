"""The EKS operations that moto does not have: identity providers, access entries, versions; and the add-ons'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks import urls
from moto.eks.responses import EKSResponse

from tests.sandbox.eks_addons import ADDON_OPERATIONS
from tests.sandbox.eks_store import (
    Record,
    arn_of,
    exists,
    known,
    latest_release,
    missing,
    refused,
    replace,
    store_of,
)

CLUSTER = "{0}/clusters/(?P<name>[^/]+)"
ENTRY = CLUSTER + "/access-entries/(?P<principalArn>.+?)"


def associate_identity_provider_config(self: EKSResponse) -> ActionResult:
    """AssociateIdentityProviderConfig: active at once."""
    store, oidc = store_of(self), self._get_param("oidc")
    name = oidc["identityProviderConfigName"]
    if name in store.identity_provider_configs:
        raise exists("identity provider config", name)
    store.identity_provider_configs[name] = oidc | {
        "clusterName": self._get_param("name"),
        "identityProviderConfigArn": arn_of(self, "identityproviderconfig", "oidc", name, "0000"),
        "status": "ACTIVE",
        "tags": self._get_param("tags") or {},
    }
    return ActionResult({"update": store.update("AssociateIdentityProviderConfig"), "tags": {}})


def _identity_provider_config(response: EKSResponse) -> Record:
    name = response._get_param("identityProviderConfig")["name"]
    return known(store_of(response).identity_provider_configs, "identity provider config", name)


def describe_identity_provider_config(self: EKSResponse) -> ActionResult:
    """DescribeIdentityProviderConfig."""
    return ActionResult({"identityProviderConfig": {"oidc": _identity_provider_config(self)}})


def disassociate_identity_provider_config(self: EKSResponse) -> ActionResult:
    """DisassociateIdentityProviderConfig."""
    store, config = store_of(self), _identity_provider_config(self)
    del store.identity_provider_configs[config["identityProviderConfigName"]]
    return ActionResult({"update": store.update("DisassociateIdentityProviderConfig")})


def list_identity_provider_configs(self: EKSResponse) -> ActionResult:
    """ListIdentityProviderConfigs."""
    names = sorted(store_of(self).identity_provider_configs)
    return ActionResult({"identityProviderConfigs": [{"type": "oidc", "name": name} for name in names]})


def create_access_entry(self: EKSResponse) -> ActionResult:
    """CreateAccessEntry."""
    entries, principal = store_of(self).access_entries, self._get_param("principalArn")
    if principal in entries:
        raise exists("access entry", principal)
    entries[principal] = {
        "clusterName": self._get_param("name"),
        "principalArn": principal,
        "kubernetesGroups": self._get_param("kubernetesGroups") or [],
        "accessEntryArn": arn_of(self, "access-entry", "role", self.current_account, principal.rsplit("/", 1)[-1], "0"),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": self._get_param("tags") or {},
        "username": self._get_param("username") or _user_name(principal),
        "type": self._get_param("type") or "STANDARD",
    }
    return ActionResult({"accessEntry": entries[principal]})


def _user_name(principal: str) -> str:
    """What EKS calls a principal for which no name is given."""
    *_, account, path = principal.split(":")
    kind, *_, name = path.split("/")
    return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}" if kind == "role" else principal


def _access_entry(response: EKSResponse) -> Record:
    return known(store_of(response).access_entries, "access entry", unquote(response._get_param("principalArn")))


def describe_access_entry(self: EKSResponse) -> ActionResult:
    """DescribeAccessEntry."""
    return ActionResult({"accessEntry": _access_entry(self)})


def update_access_entry(self: EKSResponse) -> ActionResult:
    """UpdateAccessEntry."""
    entry = _access_entry(self)
    replace(self, entry, "kubernetesGroups", "username")
    return ActionResult({"accessEntry": entry})


def delete_access_entry(self: EKSResponse) -> ActionResult:
    """DeleteAccessEntry: its policies go with it."""
    store, entry = store_of(self), _access_entry(self)
    principal = entry["principalArn"]
    del store.access_entries[principal]
    store.access_policies = {key: value for key, value in store.access_policies.items() if key[0] != principal}
    return ActionResult({})


def list_access_entries(self: EKSResponse) -> ActionResult:
    """ListAccessEntries."""
    return ActionResult({"accessEntries": sorted(store_of(self).access_entries)})


def associate_access_policy(self: EKSResponse) -> ActionResult:
    """AssociateAccessPolicy: the principal must have an entry."""
    store, principal = store_of(self), _access_entry(self)["principalArn"]
    policy: Record = {
        "policyArn": self._get_param("policyArn"),
        "accessScope": self._get_param("accessScope"),
        "associatedAt": utcnow(),
        "modifiedAt": utcnow(),
    }
    store.access_policies[(principal, policy["policyArn"])] = policy
    return ActionResult(
        {"clusterName": self._get_param("name"), "principalArn": principal, "associatedAccessPolicy": policy}
    )


def disassociate_access_policy(self: EKSResponse) -> ActionResult:
    """DisassociateAccessPolicy."""
    principal = _access_entry(self)["principalArn"]
    policy = unquote(self._get_param("policyArn"))
    if store_of(self).access_policies.pop((principal, policy), None) is None:
        raise missing("associated access policy", policy)
    return ActionResult({})


def list_associated_access_policies(self: EKSResponse) -> ActionResult:
    """ListAssociatedAccessPolicies."""
    principal = _access_entry(self)["principalArn"]
    found = [value for (owner, _), value in sorted(store_of(self).access_policies.items()) if owner == principal]
    return ActionResult(
        {"clusterName": self._get_param("name"), "principalArn": principal, "associatedAccessPolicies": found}
    )


def update_cluster_version(self: EKSResponse) -> ActionResult:
    """UpdateClusterVersion: one minor version upwards at a time, as EKS demands."""
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    wanted = self._get_param("version")
    if int(wanted.split(".")[1]) != int(cluster.version.split(".")[1]) + 1:
        raise refused(f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted}")
    cluster.version = wanted
    return ActionResult({"update": store_of(self).update("VersionUpdate")})


def update_nodegroup_version(self: EKSResponse) -> ActionResult:
    """UpdateNodegroupVersion: version, release and launch template."""
    group = self.eks_backend.describe_nodegroup(self._get_param("name"), self._get_param("nodegroupName"))
    group.version = self._get_param("version") or group.version
    group.release_version = self._get_param("releaseVersion") or latest_release(group.version)
    if self._get_param("launchTemplate"):
        group.launch_template = (group.launch_template or {}) | self._get_param("launchTemplate")
    return ActionResult({"update": store_of(self).update("VersionUpdate")})


def describe_update(self: EKSResponse) -> ActionResult:
    """DescribeUpdate: updates are done when they begin."""
    identifier = self._get_param("updateId")
    update = store_of(self).updates.get(identifier, {"id": identifier, "status": "Successful", "errors": []})
    return ActionResult({"update": update})


OPERATIONS: Final[tuple[Callable[[EKSResponse], ActionResult], ...]] = (
    *ADDON_OPERATIONS,
    associate_identity_provider_config, describe_identity_provider_config, disassociate_identity_provider_config,
    list_identity_provider_configs, create_access_entry, describe_access_entry, update_access_entry,
    delete_access_entry, list_access_entries, associate_access_policy, disassociate_access_policy,
    list_associated_access_policies, update_cluster_version, update_nodegroup_version, describe_update,
)  # fmt: skip

ROUTES: Final = (
    "{0}/addons/supported-versions$",
    CLUSTER + "/addons$",
    CLUSTER + "/addons/(?P<addonName>[^/]+)$",
    CLUSTER + "/addons/(?P<addonName>[^/]+)/update$",
    CLUSTER + "/identity-provider-configs$",
    CLUSTER + "/identity-provider-configs/associate$",
    CLUSTER + "/identity-provider-configs/describe$",
    CLUSTER + "/identity-provider-configs/disassociate$",
    CLUSTER + "/access-entries$",
    ENTRY + "/access-policies$",
    ENTRY + "/access-policies/(?P<policyArn>.+)$",
    ENTRY + "$",
    CLUSTER + "/updates$",
    CLUSTER + "/updates/(?P<updateId>[^/]+)$",
    CLUSTER + "/node-groups/(?P<nodegroupName>[^/]+)/update-version$",
)


def extend() -> None:
    """Add the operations to moto's EKS; call before a server starts. Calling it again changes nothing."""
    for operation in OPERATIONS:
        setattr(EKSResponse, operation.__name__, operation)
    for route in ROUTES:
        urls.url_paths[route] = urls.response.dispatch


def named(name: str) -> Any:
    """Return an operation by its name, for a test that takes it away."""
    return next(operation for operation in OPERATIONS if operation.__name__ == name)
