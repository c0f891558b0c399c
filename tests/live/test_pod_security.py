"""No pod of a tenant reaches its node; the platform's own agents do, each as far as it needs."""

from __future__ import annotations

import functools
import time
from typing import Any

import pytest

from tests.decisions.rendering import Helm
from tests.live.agents import AGENTS, Agents
from tests.live.applied import LEFT_WITHOUT_LABELS, Applied, namespace
from tests.live.client import STRATEGIC, Answer, Client, eventually
from tests.live.people import bearer
from tests.live.pods import (
    FORBIDDEN,
    RESTRICTED,
    ROOT,
    container,
    pod,
    pods_of,
    refusals,
    service_account,
    spec,
    workload,
)
from tests.live.servers import Servers

Json = Any
TENANT = "prison-visits-staging"
LEVEL = "pod-security.kubernetes.io/enforce"
PLACES = (TENANT, LEFT_WITHOUT_LABELS)


@pytest.fixture(scope="module")
def admin(servers: Servers, applied: Applied, nodes: list[Json]) -> Client:
    """Who may do everything that admission does not refuse."""
    for name in PLACES:
        account = service_account(name, "default")
        eventually(functools.partial(servers.admin.get, account), lambda answer: answer.ok)
    return servers.admin


@pytest.fixture(scope="module")
def team(servers: Servers, admin: Client, oidc: dict[str, str]) -> Client:
    """A member of the tenant's team."""
    claims = {"email": "a@example.org", "email_verified": True, oidc["groups_claim"]: ["prison-visits-booking"]}
    return bearer(servers, claims)


@pytest.fixture(scope="module")
def automation(admin: Client) -> Client:
    """CI's service account, by the short-lived token that it asks for."""
    path = "/api/v1/namespaces/kube-system/serviceaccounts/concourse-build-environments/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    return admin.as_token(admin.request("POST", path, request).or_raise()["status"]["token"])


def must_be_refused(answer: Answer) -> None:
    """Raise AssertionError with the answer unless admission refused the request for what it asks."""
    by_admission = "violates PodSecurity" in answer.message or "ValidatingAdmissionPolicy" in answer.message
    assert (answer.status, by_admission) == (403, True), (answer.status, answer.message)


def test_a_pod_that_asks_for_nothing_of_its_node_runs(team: Client) -> None:
    made = pod(TENANT)
    team.create(made).or_raise()
    team.delete(made, now=True).or_raise()


UNFIT = {**FORBIDDEN, "root": ROOT}
"""Pods that no tenant may run."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", sorted(UNFIT))
def test_a_pod_that_uses_its_node_or_runs_as_root_is_refused(admin: Client, place: str, what: str) -> None:
    must_be_refused(admin.create(pod(place, **UNFIT[what])))


def test_a_root_pod_is_refused_for_the_level_of_its_namespace(admin: Client, team: Client) -> None:
    for client in (admin, team):
        answer = client.create(pod(TENANT, **ROOT))
        must_be_refused(answer)
        assert "restricted" in answer.message


def test_where_no_level_is_enforced_no_pod_runs_at_all(admin: Client) -> None:
    answer = admin.create(pod(LEFT_WITHOUT_LABELS))
    must_be_refused(answer)
    assert "enforces no level" in answer.message


@pytest.mark.parametrize("place", PLACES)
def test_what_makes_such_pods_gets_none(admin: Client, place: str) -> None:
    made = [
        unfit(kind, place, what)
        for kind in ("Deployment", "DaemonSet", "StatefulSet", "Job")
        for what in ("host path", "host network", "privileged", "root")
    ]
    for each in made:
        admin.create(each).or_raise()
    for name in (each["metadata"]["name"] for each in made):
        said = eventually(functools.partial(refusals, admin, place, name))
        assert all("forbidden" in each for each in said), (name, said)
        assert pods_of(admin, place, app=name) == [], name
    for each in made:
        admin.delete(each).or_raise()


def unfit(kind: str, place: str, what: str) -> Json:
    """A workload whose pods no tenant may run."""
    name = f"{what.replace(' ', '-')}-by-a-{kind.lower()}"
    fields = {"serviceName": name} if kind == "StatefulSet" else {}
    return workload(kind, place, name, spec(**UNFIT[what]), **fields)


def test_a_debugging_container_is_no_way_in(admin: Client) -> None:
    made = pod(TENANT)
    admin.create(made).or_raise()

    def debug(**context: object) -> Answer:
        entry = {**container(securityContext=context), "name": f"debug-{time.monotonic_ns()}"}
        change = {"spec": {"ephemeralContainers": [entry]}}
        return admin.patch(made, change, content=STRATEGIC, subresource="ephemeralcontainers")

    assert debug(privileged=True).status == 403
    assert debug(capabilities={"add": ["SYS_PTRACE"]}).status == 403
    assert debug(**RESTRICTED).ok
    admin.delete(made, now=True).or_raise()


@pytest.mark.parametrize("labels", [{}, {LEVEL: "baseline"}, {LEVEL: "privileged"}, {LEVEL: ""}], ids=str)
def test_nobody_makes_a_namespace_below_what_is_decided(
    admin: Client, automation: Client, labels: dict[str, str]
) -> None:
    for client in (admin, automation):
        answer = client.create(namespace("another", labels))
        assert answer.status in (403, 422), answer
        assert not answer.ok
    pinned = {LEVEL: "restricted", f"{LEVEL}-version": "v1.0"}
    assert admin.create(namespace("another", pinned)).status == 403


def test_automation_makes_a_restricted_namespace(automation: Client) -> None:
    made = namespace("another-tenant", {LEVEL: "restricted"})
    automation.create(made, dry_run=True).or_raise()


LOWER = [{LEVEL: None}, {LEVEL: "privileged"}, {LEVEL: "baseline"}]


@pytest.mark.parametrize("change", LOWER, ids=str)
@pytest.mark.parametrize("part", ["", "status", "finalize"])
def test_nobody_lowers_a_tenants_level(
    admin: Client, automation: Client, team: Client, change: dict[str, str | None], part: str
) -> None:
    for client in (admin, automation):
        must_be_refused(relabelled(client, TENANT, change, part))
    assert relabelled(team, TENANT, change, part).status == 403
    still = admin.get(namespace(TENANT)).or_raise()["metadata"]["labels"]
    assert still[LEVEL] == "restricted"


def relabelled(client: Client, name: str, change: dict[str, str | None], part: str) -> Answer:
    """What the server says to a change of labels, made by a request for `part` of the namespace."""
    if part != "finalize":
        return client.patch(namespace(name), {"metadata": {"labels": change}}, subresource=part)
    body = client.get(namespace(name))
    if not body.ok:
        return body
    labels = {**body.body["metadata"]["labels"], **change}
    body.body["metadata"]["labels"] = {key: value for key, value in labels.items() if value is not None}
    return client.request("PUT", f"/api/v1/namespaces/{name}/finalize", body.body)


@pytest.mark.parametrize("part", ["", "status", "finalize"])
def test_nobody_takes_the_decided_level_from_the_platforms_namespaces(
    admin: Client, automation: Client, applied: Applied, part: str
) -> None:
    decided = {each["metadata"]["name"] for each in applied.sequence.objects("Namespace")}
    assert {"kube-system", "kuberos", "logging", "monitoring"} <= decided
    weaker: dict[str, list[str | None]] = {
        "restricted": [None, "baseline", "privileged"],
        "baseline": [None, "privileged"],
        "privileged": [None],
    }
    for name in sorted(decided):
        level = admin.get(namespace(name)).or_raise()["metadata"]["labels"][LEVEL]
        for change in weaker[level]:
            for client in (admin, automation):
                must_be_refused(relabelled(client, name, {LEVEL: change}, part))


def test_other_changes_of_a_namespace_pass(admin: Client) -> None:
    for value in ("x", None):
        admin.patch(namespace(TENANT), {"metadata": {"annotations": {"a-note": value}}}).or_raise()


@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_the_platforms_agents_run(admin: Client, agents: Agents, agent: str) -> None:
    agents.must_run(admin, agent)


def test_what_the_real_charts_make_runs(admin: Client, agents: Agents, charts: Helm | None) -> None:
    for name in agents.from_charts:
        agents.must_run(admin, name)
    expected = {
        "fluent-bit",
        "monitoring-prometheus-node-exporter",
        "kuberos",
        "tigera-operator",
        "monitoring-operator",
    }
    assert charts is None or expected <= set(agents.from_charts)


@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_what_an_agent_is_granted_another_account_is_not(admin: Client, agents: Agents, agent: str) -> None:
    made = agents.workloads[agent]
    place = made["metadata"]["namespace"]
    other = {**made["spec"]["template"]["spec"], "serviceAccountName": "default"}
    answer = admin.create({**pod(place), "spec": other})
    assert answer.status == 403, answer
    assert "is not granted to the pod's service account" in answer.message
