"""Ways to look, or to silence, without being asked who one is (D22)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.monitoring.values import monitoring
from tests.violations.workloads import set_value


def _grafana(stacks: Stacks) -> Any:
    return monitoring(stacks)["grafana"]


@violation(kills="D22-grafana-login")
def login_form(stacks: Stacks) -> None:
    """Grafana's own form, with passwords that outlive the membership of whoever has one."""
    _grafana(stacks)["grafana.ini"]["auth"]["disable_login_form"] = False


@violation(kills="D22-grafana-login")
def basic_login(stacks: Stacks) -> None:
    """The form is gone, and the API takes names and passwords as it does unless told otherwise."""
    del _grafana(stacks)["grafana.ini"]["auth.basic"]


@violation(kills="D22-grafana-login")
def everybody_looks(stacks: Stacks) -> None:
    """Dashboards without any login."""
    _grafana(stacks)["grafana.ini"]["auth.anonymous"]["enabled"] = True


@violation(kills="D22-grafana-login")
def login_by_github_itself(stacks: Stacks) -> None:
    """A second way in, which asks GitHub and knows nothing of the organisation."""
    _grafana(stacks)["grafana.ini"]["auth.github"] = {"enabled": True, "allow_sign_up": True}


@violation(kills="D22-grafana-login")
def everybody_administers(stacks: Stacks) -> None:
    """Whoever logs in becomes administrator."""
    _grafana(stacks)["grafana.ini"]["auth.generic_oauth"]["role_attribute_path"] = "'Admin'"


@violation(kills="D22-grafana-login")
def role_where_the_claim_is_missing(stacks: Stacks) -> None:
    """A token without the claim is let in as well."""
    _grafana(stacks)["grafana.ini"]["auth.generic_oauth"]["role_attribute_strict"] = False


@violation(kills="D22-grafana-login")
def another_tenants_tokens(stacks: Stacks) -> None:
    """Tokens are fetched from a tenant of somebody else, who says who logs in."""
    _grafana(stacks)["grafana.ini"]["auth.generic_oauth"]["token_url"] = "https://justice.eu.auth0.com/oauth/token"


@violation(kills="D22-grafana-login")
def variable_over_the_file(stacks: Stacks) -> None:
    """The file says no, and an environment variable, which Grafana reads last, says yes."""
    _grafana(stacks)["env"]["GF_AUTH_ANONYMOUS_ENABLED"] = "true"


@violation(kills="D22-grafana-login", also=("B09-no-literal-secret",))
def variables_nobody_sees(stacks: Stacks) -> None:
    """Variables come from a Secret that no reviewer reads."""
    _grafana(stacks)["envFromSecret"] = "grafana-env"


@violation(kills="D22-grafana-login")
def form_by_a_set(stacks: Stacks) -> None:
    """The values are as they were; a `set` lies over them."""
    set_value(stacks, "monitoring", r"grafana.grafana\.ini.auth.disable_login_form", "false")


@violation(kills="D22-no-other-door")
def prometheus_from_outside(stacks: Stacks) -> None:
    """Prometheus, which asks nobody who he is, gets an ingress."""
    monitoring(stacks)["prometheus"]["ingress"] = {"enabled": True, "hosts": ["prometheus.example.org"]}


@violation(kills="D22-no-other-door")
def alertmanager_by_load_balancer(stacks: Stacks) -> None:
    """A load balancer before Alertmanager: whoever finds it silences alerts."""
    monitoring(stacks)["alertmanager"]["service"] = {"type": "LoadBalancer"}


@violation(kills="D22-no-other-door")
def prometheus_by_a_route(stacks: Stacks) -> None:
    """No ingress, but a route of the gateway."""
    monitoring(stacks)["prometheus"]["route"] = {"main": {"enabled": True, "hostnames": ["prometheus.example.org"]}}
