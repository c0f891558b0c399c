"""The VPC and the subnets that a cluster stands in; both exist and are looked up."""

from __future__ import annotations

from modules.bindings import (
    Construct,
    DataAwsSubnet,
    DataAwsSubnetFilter,
    DataAwsSubnets,
    DataAwsSubnetsFilter,
    DataAwsVpc,
    Postcondition,
    TerraformResourceLifecycle,
)
from modules.expression import literal
from modules.settings.cluster import Network


class ClusterNetwork(Construct):
    """The look-up of VPC and node subnets by tag; what is found must be what the cluster file states."""

    def __init__(self, scope: Construct, id_: str, *, network: Network) -> None:
        super().__init__(scope, id_)
        name = literal(network.vpc)
        vpc = DataAwsVpc(self, "Default", tags={"Name": name})
        wanted = network.node_subnets
        tag, value = literal(wanted.tag), literal(wanted.value)
        tagged = (f"tag:{tag}", [value])
        zones = sorted(wanted.cidrs)
        DataAwsSubnets(
            self,
            "node",
            filter=[
                DataAwsSubnetsFilter(name="vpc-id", values=[vpc.id]),
                DataAwsSubnetsFilter(name=tagged[0], values=tagged[1]),
            ],
            lifecycle=_holds(
                f"length(self.ids) == {len(zones)}",
                f"VPC {name} must have {len(zones)} subnets with tag {tag} = {value}, as the cluster file states.",
            ),
        )
        self._subnets = {
            zone: DataAwsSubnet(
                self,
                zone,
                vpc_id=vpc.id,
                availability_zone=zone,
                filter=[DataAwsSubnetFilter(name=tagged[0], values=tagged[1])],
                lifecycle=_holds(
                    f'self.cidr_block == "{wanted.cidrs[zone]}" && self.availability_zone == "{zone}"',
                    f"The subnet in {zone} must have the network {wanted.cidrs[zone]}, as the cluster file states.",
                ),
            )
            for zone in zones
        }

    @property
    def subnet_ids(self) -> list[str]:
        """Ids of the node subnets, ordered by zone."""
        return [subnet.id for _, subnet in sorted(self._subnets.items())]

    def subnet_id(self, zone: str) -> str:
        """Return the id of the node subnet in `zone`; raise ValueError where the cluster file states none."""
        if zone not in self._subnets:
            raise ValueError(f"no node subnet is stated for zone {zone}, only for {', '.join(sorted(self._subnets))}")
        return self._subnets[zone].id


def _holds(condition: str, otherwise: str) -> TerraformResourceLifecycle:
    """Return a postcondition that fails the plan with the message `otherwise`."""
    return TerraformResourceLifecycle(
        postcondition=[Postcondition(condition=f"${{{condition}}}", error_message=otherwise)]
    )
