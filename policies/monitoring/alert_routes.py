"""Where Alertmanager's configuration sends an alert."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from policies import parameters
from policies.engine import Attribute, Finding, Unknown
from policies.monitoring.capacity_rule import seconds

_DESTINATIONS = (
    "api_url",
    "api_url_file",
    "url",
    "url_file",
    "webhook_url",
    "webhook_url_file",
    "routing_key",
    "routing_key_file",
    "service_key",
    "service_key_file",
    "to",
    "api_key",
    "api_key_file",
    "topic_arn",
)
_MATCHER = re.compile(r"\s*([A-Za-z_][\w]*)\s*(=~|!~|!=|=)\s*\"?(.*?)\"?\s*")


_WAITS = {"group_wait": parameters.LOW_CAPACITY_LONGEST_WAIT, "group_interval": 3_600, "repeat_interval": 604_800}
"""Seconds that Alertmanager may wait before it tells of a group of alerts, of more of them, and of the same again."""
_Said = dict[str, Attribute]
"""What holds on a route: its receiver and its waits, its own or those of the routes above."""


def receivers(route: Attribute, labels: Mapping[str, str]) -> Iterator[tuple[Attribute, _Said]]:
    """Yield the route that ends and what holds on it, for each that an alert with `labels` reaches."""
    yield from _walk(route, {key: route[key] for key in ("receiver", *_WAITS)}, labels)


def _walk(route: Attribute, above: _Said, labels: Mapping[str, str]) -> Iterator[tuple[Attribute, _Said]]:
    said = {key: each if route[key].absent else route[key] for key, each in above.items()}
    caught = False
    for child in route["routes"].blocks():
        if _matches(child, labels):
            caught = True
            yield from _walk(child, said, labels)
            if child["continue"].flag() is not True:
                break
    if not caught:
        yield route, said


def _matches(route: Attribute, labels: Mapping[str, str]) -> bool:
    if any(labels.get(key, "") != value for key, value in route["match"].mapping().items()):
        return False
    if any(re.fullmatch(value, labels.get(key, "")) is None for key, value in route["match_re"].mapping().items()):
        return False
    return matched(route["matchers"], labels)


def matched(matchers: Attribute, labels: Mapping[str, str]) -> bool:
    """Whether every matcher of a list holds for `labels`; raise Unknown for one that cannot be read."""
    for text in matchers.strings():
        for part in text.strip().removeprefix("{").removesuffix("}").split(","):
            match = _MATCHER.fullmatch(part)
            if match is None:
                raise Unknown(matchers.name, f"says {part!r}, which cannot be read")
            name, sign, wanted = match.groups()
            if "\\" in wanted:
                raise Unknown(matchers.name, f"says {part!r}, in which Alertmanager reads a backslash as it likes")
            value = labels.get(name, "")
            same = value == wanted if sign in ("=", "!=") else re.fullmatch(wanted, value) is not None
            if same is sign.startswith("!"):
                return False
    return True


def judge(config: Attribute, labels: Mapping[str, str]) -> Iterator[Finding]:
    """Yield why an alert with `labels` is heard by nobody."""
    named = {each["name"].text(): each for each in config["receivers"].blocks()}
    what = f"{labels.get('alertname')} of severity {labels.get('severity')}"
    for route, said in receivers(config["route"], labels):
        name = said["receiver"]
        receiver = named.get(name.text())
        for key, most in _WAITS.items():
            waits = seconds(said[key].text())
            if waits is None or waits > most:
                yield said[key].finding(f"keeps {what} back", expected=f"{most} s at most")
        if receiver is None:
            yield name.finding("names a receiver that is not there", expected=sorted(filter(None, named)))
        elif not _delivers(receiver):
            yield receiver.finding(f"gets {what} and tells nobody", expected="a receiver that delivers")
        for key in ("mute_time_intervals", "active_time_intervals"):
            for each in (route, config["route"]):
                yield from each[key].must_be_absent("capacity is low at night, too")
    for rule in config["inhibit_rules"].blocks():
        silenced = matched(rule["target_matchers"], labels) and all(
            labels.get(key, "") == value for key, value in rule["target_match"].mapping().items()
        )
        if silenced and "alertname" not in rule["equal"].strings():
            yield rule.finding(f"silences {what}", expected="an inhibition of other alerts")


def _delivers(receiver: Attribute) -> bool:
    return any(
        not each[key].absent
        for name, configs in receiver.items()
        if name.endswith("_configs")
        for each in configs.blocks()
        for key in _DESTINATIONS
        if not (each[key].known and _leads_nowhere(each[key].text() or ""))
    )


_NOWHERE = ("localhost", "invalid", "test", "example", "example.com", "example.org", "example.net")


def _leads_nowhere(destination: str) -> bool:
    """Whether an address is of this very pod, or of a name that is kept for examples."""
    try:
        host = urlsplit(destination).hostname or ""
        address = ip_address(host)
    except ValueError:
        return any(host == each or host.endswith(f".{each}") for each in _NOWHERE) if "://" in destination else False
    return address.is_loopback or address.is_unspecified or address.is_link_local


def secret_files(config: Attribute) -> Iterator[Attribute]:
    """Yield each file of a mounted Secret that a receiver reads."""
    for receiver in config["receivers"].blocks():
        for name, configs in receiver.items():
            if name.endswith("_configs"):
                for each in configs.blocks():
                    yield from (value for key, value in each.items() if key.endswith("_file"))
