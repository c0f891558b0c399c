"""No pod reaches the node's role through the instance metadata."""

from __future__ import annotations

from collections.abc import Sequence

from modules.bindings import Construct, ITerraformDependable
from modules.objects import KubernetesObject, Objects
from modules.settings import names
from modules.settings.cluster import InstanceMetadata as InstanceMetadataSettings

API_VERSION = "crd.projectcalico.org/v1"
NAME = "projectcalico.org/name"
"""The label that Calico itself gives each namespace; host endpoints have none."""
TIER = "platform"
POLICY = "deny-instance-metadata"
METADATA_NETWORKS = ("169.254.169.254/32", "fd00:ec2::254/128")
"""The metadata service's address in each family; a Calico rule takes one family."""


def platform_tier() -> KubernetesObject:
    """Return the tier that is judged before every tenant's policy and passes on whatever it says nothing about."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Tier",
        "metadata": {"name": TIER},
        "spec": {"order": 100, "defaultAction": "Pass"},
    }


def metadata_policy(exempt_namespaces: Sequence[str]) -> KubernetesObject:
    """Return the policy that denies every pod outside `exempt_namespaces` all traffic to the metadata service.

    It selects by the name that Calico gives each namespace, which nobody can set. A bare `not in` would select host
    endpoints too, which have no such label.
    """
    listed = ", ".join(f'"{name}"' for name in sorted(exempt_namespaces))
    return {
        "apiVersion": API_VERSION,
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": f"{TIER}.{POLICY}", "labels": {"projectcalico.org/tier": TIER}},
        "spec": {
            "tier": TIER,
            "order": 100,
            "namespaceSelector": f"has({NAME}) && {NAME} not in {{{listed}}}" if listed else "all()",
            "types": ["Egress"],
            "egress": [{"action": "Deny", "destination": {"nets": [network]}} for network in METADATA_NETWORKS],
        },
    }


class InstanceMetadata(Construct):
    """The GlobalNetworkPolicy before the node's role (ADR: Blocking access instance metadata).

    It stands in a tier of its own, so that no policy of a tenant comes before it, and denies without allowing, so
    that it weakens none of theirs; the 2021 form ended in an allow of everything, and any tenant's allow overrode it.
    The other layer, a hop limit of 1, is in the launch templates; it stops the pods of exempt namespaces too.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: InstanceMetadataSettings,
        depends_on: Sequence[ITerraformDependable],
    ) -> None:
        """Install the policy after the release of Calico's operator in `depends_on`, which brings the CRDs."""
        super().__init__(scope, id_)
        self.release = Objects(
            self,
            "policy",
            release_name="instance-metadata",
            namespace=names.TIGERA_OPERATOR,
            objects=[platform_tier(), metadata_policy(settings.exempt_namespaces)],
            depends_on=depends_on,
        )
