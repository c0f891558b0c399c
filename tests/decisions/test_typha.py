"""Attacks D14: Typha runs, sized, spread, and off the Prometheus group."""

from __future__ import annotations

from typing import Any

from modules.settings import names
from tests.conftest import Stacks
from tests.decisions.emitted import objects


def template(stacks: Stacks, cluster: str) -> dict[str, Any]:
    (made,) = objects(stacks[f"{cluster}-workloads"], "Installation")
    installation = made["spec"]
    assert "typhaAffinity" not in installation
    deployment = installation["typhaDeployment"]
    assert set(deployment["spec"]) == {"template"}, "the CRD refuses replicas and the operator counts them"
    found: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return found


def test_typha_is_sized_by_the_one_container_name_that_the_crd_takes(synthesized: Stacks) -> None:
    for cluster in ("live", "manager", "test"):
        (container,) = template(synthesized, cluster)["containers"]
        assert container["name"] == "calico-typha"
        assert container["resources"]["requests"] == {"cpu": "100m", "memory": "256Mi"}
        assert container["resources"]["limits"] == {"memory": "512Mi"}


def test_typha_stays_off_the_prometheus_group_and_spreads_over_zones(synthesized: Stacks) -> None:
    spec = template(synthesized, "live")
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required["nodeSelectorTerms"] == [
        {"matchExpressions": [{"key": names.MONITORING_LABEL, "operator": "DoesNotExist"}]}
    ]
    (spread,) = spec["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    assert spread["labelSelector"] == {"matchLabels": {"k8s-app": "calico-typha"}}
    assert "tolerations" not in spec, "the operator's own tolerate everything"
