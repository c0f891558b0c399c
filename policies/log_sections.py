"""What each section of fluent-bit's configuration may say, so that no log is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from policies import parameters
from policies.engine import Attribute, Finding
from policies.engine.fluent_bit import Section
from policies.engine.quantities import size

_ON, _OFF = frozenset({"on", "true", "yes"}), frozenset({"off", "false", "no"})
Test = Callable[[str], bool]


def _anything(_: str) -> bool:
    return True


def _on(value: str) -> bool:
    return value.lower() in _ON


def _off(value: str) -> bool:
    return value.lower() in _OFF


def _number(low: float, high: float) -> Test:
    def test(value: str) -> bool:
        return value.replace(".", "", 1).isdigit() and low <= float(value) <= high

    return test


def _at_least(bytes_: float) -> Test:
    def test(value: str) -> bool:
        return (size(value) or 0) >= bytes_

    return test


SERVICE: Mapping[str, Test] = {
    "daemon": _off,
    "flush": _number(0.1, 60),
    "grace": _number(1, 600),
    "log_level": lambda value: value.lower() in {"error", "warn", "warning", "info", "debug"},
    "parsers_file": lambda value: value == "/fluent-bit/etc/parsers.conf",
    "storage.sync": lambda value: value.lower() in {"normal", "full"},
    "storage.max_chunks_up": _number(16, 4096),
    "storage.backlog.mem_limit": _at_least(5e6),
    **dict.fromkeys(
        [
            "http_server",
            "http_listen",
            "http_port",
            "health_check",
            "storage.path",
            "storage.checksum",
            "storage.metrics",
        ],
        _anything,
    ),
}
INPUT: Mapping[str, Test] = {
    "skip_long_lines": _on,
    "refresh_interval": _number(1, 300),
    "rotate_wait": _number(5, 3600),
    "buffer_max_size": _at_least(32e3),
    "buffer_chunk_size": _at_least(4e3),
    "path_key": lambda value: value.lower() not in {"log", "stream", "time"},
    **dict.fromkeys(
        [
            "name",
            "path",
            "alias",
            "tag",
            "multiline.parser",
            "db",
            "db.locking",
            "db.sync",
            "db.journal_mode",
            "storage.type",
            "read_from_head",
            "skip_empty_lines",
            "inotify_watcher",
        ],
        _anything,
    ),
}
_API = ("https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local")
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/"
FILTER: Mapping[str, Test] = {
    "name": lambda value: value.lower() == "kubernetes",
    "k8s-logging.exclude": _off,
    "k8s-logging.parser": _off,
    "keep_log": _on,
    "kube_url": lambda value: value.removesuffix("/").removesuffix(":443") in _API,
    "kube_ca_file": lambda value: value == f"{_ACCOUNT}ca.crt",
    "kube_token_file": lambda value: value == f"{_ACCOUNT}token",
    **dict.fromkeys(
        [
            "match",
            "alias",
            "kube_tag_prefix",
            "merge_log",
            "merge_log_key",
            "merge_log_trim",
            "labels",
            "annotations",
            "buffer_size",
            "use_kubelet",
            "kubelet_port",
            "kube_meta_cache_ttl",
            "namespace_labels",
            "dns_retries",
            "dns_wait_time",
        ],
        _anything,
    ),
}
OUTPUT: Mapping[str, Test] = {
    "port": lambda value: value == "443",
    "tls": _on,
    "tls.verify": _on,
    "aws_auth": _on,
    "aws_region": lambda value: value == parameters.REGION,
    "storage.total_limit_size": _at_least(parameters.LEAST_LOG_BUFFER),
    "write_operation": lambda value: value.lower() in {"create", "index"},
    "aws_service_name": lambda value: value == "es",
    "retry_limit": lambda value: value.lower() in {"false", "no_limits", "no_retries_limit"},
    **dict.fromkeys(
        [
            "name",
            "match",
            "alias",
            "host",
            "logstash_format",
            "logstash_prefix",
            "logstash_dateformat",
            "index",
            "type",
            "suppress_type_name",
            "replace_dots",
            "generate_id",
            "trace_error",
            "trace_output",
            "buffer_size",
            "time_key",
            "time_key_nanos",
            "include_tag_key",
            "tag_key",
            "current_time_index",
            "compress",
            "workers",
        ],
        _anything,
    ),
}
_REQUIRED = {
    "SERVICE": ("storage.path",),
    "INPUT": ("skip_long_lines", "db"),
    "FILTER": ("name",),
    "OUTPUT": ("host", "port", "tls", "aws_auth", "aws_region", "retry_limit"),
}


def judge(where: Attribute, section: Section, known: Mapping[str, Test]) -> Iterator[Finding]:
    """Yield a finding for each key that is not known, has not the value that was decided, or is missing."""
    for key, value in section.values.items():
        test = known.get(key)
        if test is None:
            yield where.finding(f"say {key} {value!r} in [{section.kind}], which may lose logs", expected=sorted(known))
        elif not test(value):
            yield where.finding(f"say {key} {value!r} in [{section.kind}]", expected="what was decided")
    for key in _REQUIRED[section.kind]:
        if key not in section.values:
            yield where.finding(f"do not say {key} in [{section.kind}]", expected=key)
