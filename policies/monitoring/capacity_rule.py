"""What the low-capacity alert must say: an expression over what nodes offer and pods ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, Release

RESOURCES = ("pods", "cpu", "memory")
_RULE_KEYS = frozenset({"alert", "expr", "for", "labels", "annotations", "keep_firing_for"})
_GROUP_KEYS = frozenset({"name", "rules", "interval"})
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}

_OUT = (
    '(max by(node)(kube_node_spec_taint{{key="{taint}"}})or max by(node)(kube_node_spec_unschedulable==1)'
    'or max by(node)(kube_node_status_condition{{condition="Ready",status="true"}}==0))'
)
_PODS = 'max by(namespace,pod,node)(kube_pod_info{node!=""})'
_REQUESTS = (
    'max by(namespace,pod,container,node)(kube_pod_container_resource_requests{{resource="{resource}",node!=""}})'
)
_LIVE = 'max by(namespace,pod)(kube_pod_status_phase{phase=~"Pending|Running"})'
_ALLOCATABLE = 'max by(node)(kube_node_status_allocatable{{resource="{resource}"}})'


def expression(resource: str) -> str:
    """Return what the alert's expression says before it compares: the share of `resource` in use, in percent.

    Requests of live pods on ready nodes outside the Prometheus group, over what those nodes offer.
    """
    out = _OUT.format(taint=parameters.MONITORING_TAINT)
    asked = _PODS if resource == "pods" else _REQUESTS.format(resource=resource)
    offered = _ALLOCATABLE.format(resource=resource)
    return f"100*sum(({asked}*on(namespace,pod)group_left(){_LIVE})unless on(node){out})/sum({offered}unless on(node){out})"


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def threshold(text: str, resource: str) -> float | None:
    """Return the share at which the expression `text` fires for `resource`; None where it says something else."""
    match = re.fullmatch(r"(.*?)>=?(\d+(?:\.\d+)?)", _bare(text))
    return float(match.group(2)) if match and match.group(1) == _bare(expression(resource)) else None


def seconds(text: str | None) -> float | None:
    """Return a duration of Prometheus in seconds; None where it is none."""
    if text is None:
        return 0
    parts = re.findall(r"(\d+)(ms|[smhdwy])", text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text:
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def groups(release: Release, cluster: Cluster) -> list[Attribute]:
    """Return every group of rules: of the release's values and of PrometheusRule objects."""
    named = release.values["additionalPrometheusRulesMap"]
    found = [group for _, each in named.items() for group in each["groups"].blocks()]
    listed = release.values["additionalPrometheusRules"]
    found += [group for each in listed.blocks() for group in each["groups"].blocks()]
    for thing in cluster.objects("PrometheusRule"):
        found += thing["spec.groups"].blocks()
    return found


def low_capacity_rules(release: Release, cluster: Cluster) -> Iterator[tuple[Attribute, Attribute]]:
    """Yield group and rule of each low-capacity alert."""
    for group in groups(release, cluster):
        for rule in group["rules"].blocks():
            if rule["alert"].text() == parameters.LOW_CAPACITY_ALERT:
                yield group, rule


_SERIES = frozenset(re.findall(r"kube_\w+", f"{_OUT} {_PODS} {_REQUESTS} {_LIVE} {_ALLOCATABLE}"))
"""The series on which the alert rests."""


def made_up(release: Release, cluster: Cluster) -> Iterator[Finding]:
    """Yield each rule that records a series of a name on which the alert rests, beside what is measured."""
    for group in groups(release, cluster):
        for rule in group["rules"].blocks():
            if rule["record"].text() in _SERIES:
                yield rule["record"].finding("is a series on which the alert rests", expected="what is measured")


def judge(group: Attribute, rule: Attribute) -> Iterator[Finding]:
    """Yield what is wrong with one low-capacity alert."""
    for what, known in ((group, _GROUP_KEYS), (rule, _RULE_KEYS)):
        strange = {key for key, _ in what.items()} - known
        if strange:
            yield what.finding(f"says {sorted(strange)}, which may keep it silent", expected=sorted(known))
    for _, label in rule["labels"].items():
        if "{{" in (label.text() or ""):
            yield label.finding("is a template, of which no route can be told", expected="a text")
    resource = rule["labels.resource"].text() or ""
    low, high = parameters.LOW_CAPACITY_THRESHOLDS
    fires = threshold(rule["expr"].text() or "", resource) if resource in RESOURCES else None
    if fires is None:
        yield rule["expr"].finding(
            f"is not the share of {resource or 'a resource'} in use", expected=f"{expression(resource)} >= …"
        )
    elif not low <= fires <= high:
        yield rule["expr"].finding(f"fires at {fires:g} %", expected=f"{low} to {high} %")
    waits = seconds(rule["for"].text())
    if waits is None or waits > parameters.LOW_CAPACITY_LONGEST_WAIT:
        yield rule["for"].finding("is too late", expected=f"{parameters.LOW_CAPACITY_LONGEST_WAIT} s or less")
    yield from rule["labels.severity"].must_be_one_of(("warning", "critical"))
    pause = seconds(group["interval"].text())
    if pause is None or pause > 300:
        yield group["interval"].finding("is too seldom", expected="5m or less")
