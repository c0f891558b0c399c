"""D22: who looks at dashboards has logged in by Auth0, and nothing else of monitoring has a door."""

from __future__ import annotations

from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, Presence, Release, control
from policies.engine.values import show
from policies.ingresses import plain_ingress
from policies.monitoring.parts import holds

_ADR = "Node groups"
_CHART = "kube-prometheus-stack"
_PRESENT = (Presence(f"release:{_CHART}", 1, 1),)
_REFERENCE = (
    "https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/configure-authentication/generic-oauth/"
)
_ENDPOINTS = {"auth_url": "authorize", "token_url": "oauth/token", "api_url": "userinfo"}
_UNSEEN = ("envFromSecret", "envFromSecrets", "envFromConfigMaps", "envValueFrom", "envRenderSecret", "ldap")
_HARMLESS_VARIABLE = "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"
_CLOSED = ("prometheus", "alertmanager", "thanosRuler")


@control(
    id="D22-grafana-login",
    title="Grafana admits only who has logged in by the cluster's Auth0 client, in the role of the groups claim",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Switch off Grafana's own ways to log in; let auth.generic_oauth speak to the tenant, with the secret from a file and the role of GRAFANA_ROLE in policies/parameters.",
    references=(_ADR, "Auth", _REFERENCE),
)
def grafana_login(cluster: Cluster) -> Iterator[Finding]:
    """No login form, no basic, anonymous or other way in, no first administrator, and no variable that says otherwise."""
    for release in cluster.releases(_CHART):
        grafana = release.values["grafana"]
        if grafana["enabled"].flag() is False:
            continue
        ini = grafana.at("grafana.ini")
        yield from _as_written(ini)
        yield from _ways_in(ini)
        yield from _secrets(cluster, release, grafana)
        yield from _oauth(ini.at("auth.generic_oauth"))
        yield from ini["security.disable_initial_admin_creation"].must_be(True)
        yield from ini["users.allow_sign_up"].must_be_one_of((None, False))
        yield from ini["users.viewers_can_edit"].must_be_one_of((None, False))
        yield from ini["users.auto_assign_org_role"].must_be_one_of((None, "Viewer"))
        for key in _UNSEEN:
            if not grafana[key].absent and grafana[key].data():
                yield grafana[key].finding("may say otherwise where nobody sees it", expected="absent")
        for name, value in grafana["env"].items():
            if name.startswith("GF_") and name != _HARMLESS_VARIABLE:
                yield value.finding("overrides what grafana.ini says", expected="absent")
        served = {host for each in grafana["ingress.tls"].blocks() for host in each["hosts"].strings()}
        for host in grafana["ingress.hosts"].strings():
            if host not in served:
                yield grafana["ingress.tls"].finding(f"does not cover {host}", expected=host)


def _as_written(ini: Attribute) -> Iterator[Finding]:
    """Yield what the chart would turn into other sections, or Grafana read in another way."""
    for name, section in ini.items():
        if not isinstance(section.node, dict):
            yield section.finding("stands in no section", expected="a section")
        elif name not in parameters.GRAFANA_SECTIONS and not name.startswith("auth."):
            yield section.finding("is a section that no decision has recorded", expected=parameters.GRAFANA_SECTIONS)
        for key, value in section.items() if isinstance(section.node, dict) else ():
            text = f"{name} {key} {show(value.node)}"
            if "\n" in text or "{{" in text or "[" in f"{name}{key}":
                yield value.finding("is more than one line, or a template of Helm's", expected="one line")
    for key, value in ini.at("auth.generic_oauth").items():
        if key not in parameters.GRAFANA_OAUTH:
            yield value.finding("may name users or their roles in another way", expected=parameters.GRAFANA_OAUTH)


_OF_GRAFANA = ("/etc/grafana", "/usr", "/var/lib/grafana", "/run.sh", "/bin", "/lib")


def _secrets(cluster: Cluster, release: Release, grafana: Attribute) -> Iterator[Finding]:
    """Yield a finding unless the client's secret is read from a Secret that is there; none lies over Grafana's own files."""
    mounts = {(each["mountPath"].text() or "").rstrip("/"): each for each in grafana["extraSecretMounts"].blocks()}
    for at, mount in mounts.items():
        if any(f"{own}/".startswith(f"{at}/") or at.startswith(f"{own}/") for own in _OF_GRAFANA):
            yield mount["mountPath"].finding("lies over what Grafana reads", expected="a folder of its own")
    secret = grafana.at("grafana.ini", "auth.generic_oauth", "client_secret")
    folder, _, key = (secret.text() or "").removeprefix("$__file{").removesuffix("}").rpartition("/")
    if folder not in mounts or not holds(cluster, release.namespace, f"{mounts[folder]['secretName'].text()}/{key}"):
        yield secret.finding("names a file of no Secret that is mounted", expected="extraSecretMounts")


def _ways_in(ini: Attribute) -> Iterator[Finding]:
    yield from ini["auth.disable_login_form"].must_be(True)
    yield from ini["auth.oauth_allow_insecure_email_lookup"].must_be_one_of((None, False))
    yield from ini.at("auth.basic", "enabled").must_be(False)
    for name, section in ini.items():
        if name.startswith("auth.") and name not in ("auth.basic", "auth.generic_oauth"):
            yield from section["enabled"].must_be_one_of((None, False))


def _oauth(oauth: Attribute) -> Iterator[Finding]:
    yield from oauth["enabled"].must_be(True)
    for key, path in _ENDPOINTS.items():
        yield from oauth[key].must_be(f"{parameters.ISSUER}{path}")
    if not oauth["client_id"].follow("data.aws_ssm_parameter"):
        yield oauth["client_id"].finding("is no client that a login stack has left", expected="an SSM parameter")
    secret = oauth["client_secret"]
    if not (secret.text() or "").startswith("$__file{"):
        yield secret.finding("is not read from a mounted Secret", expected="$__file{…}")
    yield from oauth["role_attribute_path"].must_be(parameters.GRAFANA_ROLE)
    yield from oauth["role_attribute_strict"].must_be(True)
    yield from oauth["skip_org_role_sync"].must_be_one_of((None, False))
    yield from oauth["allow_assign_grafana_admin"].must_be_one_of((None, False))
    yield from oauth["tls_skip_verify_insecure"].must_be_one_of((None, False))


@control(
    id="D22-no-other-door",
    title="Prometheus and Alertmanager, which ask nobody who he is, cannot be reached from outside",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Remove ingress, route and service type of prometheus, alertmanager and thanosRuler; look at them through Grafana.",
    references=(_ADR, "Auth"),
)
def no_other_door(cluster: Cluster) -> Iterator[Finding]:
    """Neither an ingress, a route nor a load balancer leads to what has no login."""
    for release in cluster.releases(_CHART):
        for part in _CLOSED:
            values = release.values[part]
            for key in ("ingress", "ingressPerReplica", "thanosIngress"):
                yield from values[key]["enabled"].must_be_one_of((None, False))
            for _, route in values["route"].items():
                yield from route["enabled"].must_be_one_of((None, False))
            for key in ("service", "servicePerReplica", "thanosService", "thanosServiceExternal"):
                yield from values[key]["type"].must_be_one_of((None, "ClusterIP"))
            yield from values["thanosServiceExternal"]["enabled"].must_be_one_of((None, False))
        yield from release.values["grafana.service.type"].must_be_one_of((None, "ClusterIP"))
        ingress = release.values["grafana.ingress"]
        yield from ingress["extraPaths"].must_be_absent("a path may lead past Grafana, to what asks nobody who he is")
        yield from plain_ingress(ingress)
