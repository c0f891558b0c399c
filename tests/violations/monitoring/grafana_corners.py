"""Ways into Grafana, or past it, by values that look like others (D22, D04)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.monitoring.values import monitoring


def _grafana(stacks: Stacks) -> Any:
    return monitoring(stacks)["grafana"]


def _ini(stacks: Stacks) -> Any:
    return _grafana(stacks)["grafana.ini"]


@violation(kills="D22-grafana-login")
def everybody_by_organisation(stacks: Stacks) -> None:
    """The role is read from the claim as decided, and a mapping of organisations says Admin for all of them."""
    _ini(stacks)["auth.generic_oauth"]["org_mapping"] = "*:1:Admin"


@violation(kills="D22-grafana-login")
def named_by_whatever_one_likes(stacks: Stacks) -> None:
    """Users are known by their nickname, which they choose."""
    _ini(stacks)["auth.generic_oauth"]["email_attribute_path"] = "nickname"


@violation(kills="D22-grafana-login")
def section_by_a_second_line(stacks: Stacks) -> None:
    """A value of a harmless section has further lines, which begin another one: a proxy names the user."""
    _ini(stacks)["analytics"]["reporting_enabled"] = "false\n[auth.proxy]\nenabled = true\nheader_name = X-User"


@violation(kills="D22-grafana-login")
def section_by_a_template(stacks: Stacks) -> None:
    """The chart evaluates values as templates: the line breaks are made there."""
    _ini(stacks)["server"]["domain"] = '{{ printf "x\\n[auth.proxy]\\nenabled = true" }}'


@violation(kills="D22-grafana-login")
def users_in_another_database(stacks: Stacks) -> None:
    """Users, roles and sessions are kept where somebody else writes them."""
    _ini(stacks)["database"] = {"url": "postgres://grafana@db.example.com/grafana"}


@violation(kills="D22-grafana-login")
def files_under_its_own(stacks: Stacks) -> None:
    """A Secret that nobody here sees is mounted over the folder of Grafana's defaults."""
    mount = {"name": "conf", "mountPath": "/usr/share/grafana/conf", "secretName": "grafana-conf"}
    _grafana(stacks)["extraSecretMounts"].append(mount)


@violation(kills="D22-grafana-login")
def secret_of_no_mount(stacks: Stacks) -> None:
    """The client's secret is read from a file that nothing puts there: nobody gets in, until somebody sets a password."""
    _grafana(stacks)["extraSecretMounts"] = []


@violation(kills="D22-no-other-door")
def path_past_grafana(stacks: Stacks) -> None:
    """One more path of Grafana's own ingress leads to Prometheus, which asks nobody who he is."""
    backend = {"service": {"name": "monitoring-prometheus", "port": {"number": 9090}}}
    path = {"path": "/metrics-store", "pathType": "Prefix", "backend": backend}
    _grafana(stacks)["ingress"]["extraPaths"] = [path]


@violation(kills="D22-no-other-door")
def snippet_past_grafana(stacks: Stacks) -> None:
    """The same by a snippet of the ingress controller's configuration."""
    snippet = "location /prom { proxy_pass http://monitoring-prometheus.monitoring:9090; }"
    _grafana(stacks)["ingress"]["annotations"]["nginx.ingress.kubernetes.io/server-snippet"] = snippet


@violation(kills="D04-no-other-roles")
def grafana_reads_every_secret(stacks: Stacks) -> None:
    """Left to the chart's default, Grafana's service account reads the Secrets of every namespace."""
    del _grafana(stacks)["rbac"]
