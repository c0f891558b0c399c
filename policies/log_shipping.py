"""D21: fluent-bit ships the logs of every container on every node to the cluster's own domain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies import parameters
from policies.agents import recorded_agent
from policies.engine import Attribute, Cluster, Finding, Policy, Presence, Release, control
from policies.engine.fluent_bit import Section, sections
from policies.engine.footprint import sensible
from policies.engine.scheduling import Node, fits
from policies.log_sections import FILTER, INPUT, OUTPUT, SERVICE, judge

_ADR = "Future Fargate considerations"
_CHART = "fluent-bit"
_PRESENT = (Presence(f"release:{_CHART}", 1, 1),)
_TAIL = "/var/log/containers/*.log"
_CONTAINERS = ("web-1_a-team_app-0", "kube-proxy-x_kube-system_kube-proxy-1", "0_z_q")
"""Names of logs that have nothing in common."""
_NODES = {
    "the main group": Node(),
    "the Prometheus group": Node(
        {parameters.MONITORING_LABEL: parameters.MONITORING_VALUE},
        ((parameters.MONITORING_TAINT, parameters.MONITORING_VALUE, "NoSchedule"),),
    ),
    "a node of any taint": Node({}, (("any", "thing", "NoSchedule"), ("any", "thing", "NoExecute"))),
}


_NEEDED = ("/fluent-bit", "/var/log", "/var/lib/fluent-bit", "/var/run/secrets", "/etc/ssl")
"""What the process reads and keeps."""


_OF_THE_ROLE = (
    "eks.amazonaws.com/role-arn",
    "eks.amazonaws.com/sts-regional-endpoints",
    "eks.amazonaws.com/token-expiration",
)
"""Annotations of a service account that leave its role as it is."""


def _all_sections(release: Release) -> Iterator[tuple[Attribute, Section]]:
    """Yield every section of every part; fluent-bit reads them as one, so that a part may hold sections of another."""
    for part in ("service", "inputs", "filters", "outputs"):
        attribute = release.values["config"][part]
        for section in sections(attribute):
            yield attribute, section


def _of(release: Release, kind: str) -> list[tuple[Attribute, Section]]:
    return [pair for pair in _all_sections(release) if pair[1].kind == kind]


@control(
    id="D21-on-every-node",
    title="One fluent-bit of a recorded version runs on every node, whatever its taints",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Release chart fluent-bit as a DaemonSet with the toleration {operator: Exists} and no selector of nodes.",
    references=(_ADR,),
)
def on_every_node(cluster: Cluster) -> Iterator[Finding]:
    """Chart, image, kind and placement; what would replace the configuration is not used."""
    for release in cluster.releases(_CHART):
        values = release.values
        yield from release.must_be_pinned(*parameters.CHARTS[_CHART])
        yield from values["kind"].must_be_one_of((None, "DaemonSet"))
        yield from values["image.repository"].must_be_one_of(parameters.FLUENT_BIT_IMAGES)
        yield from values["image.tag"].must_be_one_of(parameters.FLUENT_BIT_TAGS)
        yield from values["testFramework.enabled"].must_be(False)
        yield from values["updateStrategy.type"].must_be_one_of((None, "RollingUpdate"))
        yield from sensible(values["resources"], least=parameters.FLUENT_BIT_LEAST_MEMORY)
        yield from values["priorityClassName"].must_be_one_of(parameters.PRIORITY_CLASSES)
        volumes = [each for key in ("daemonSetVolumes", "extraVolumes") for each in values[key].blocks()]
        for volume in volumes:
            if strange := {key for key, _ in volume.items()} - {"name", "hostPath", "emptyDir"}:
                yield volume.finding(f"is of {sorted(strange)}, for which each pod may wait", expected="hostPath")
        account = values["serviceAccount.name"].text() or release.name
        yield from recorded_agent(release, account, volumes)
        made = {each.name for each in cluster.objects("ServiceAccount") if each.namespace == release.namespace}
        if values["serviceAccount.create"].flag() is False and account not in made:
            yield values["serviceAccount.create"].finding(
                "leaves the pods without their service account", expected=True
            )
        for name, node in _NODES.items():
            if not fits(values, node):
                at = next(
                    (values[key] for key in ("nodeSelector", "affinity") if not values[key].absent),
                    values["tolerations"],
                )
                yield at.finding(f"keeps fluent-bit off {name}", expected=[{"operator": "Exists"}])
        for key in (
            "existingConfigMap",
            "command",
            "args",
            "luaScripts",
            "config.extraFiles",
            "config.upstream",
            "config.customParsers",
        ):
            if values[key].data() not in (None, "", [], {}):
                yield values[key].finding("replaces what is configured", expected="absent")
        yield from _hiding(values)


def _hiding(values: Attribute) -> Iterator[Finding]:
    """Yield each mount that lies over the configuration, the logs, the state or what the pod signs with."""
    volumes = [each for key in ("daemonSetVolumes", "extraVolumes") for each in values[key].blocks()]
    paths = {each["name"].text(): each["hostPath.path"].text() or "" for each in volumes}
    mounts = [each for key in ("daemonSetVolumeMounts", "extraVolumeMounts") for each in values[key].blocks()]
    for mount in mounts:
        at, path = (mount["mountPath"].text() or "").rstrip("/"), paths.get(mount["name"].text(), "").rstrip("/")
        lies_over = [each for each in _NEEDED if f"{each}/".startswith(f"{at}/") or at.startswith(f"{each}/")]
        if at != path and lies_over:
            yield mount.finding(f"hides {lies_over[0]}", expected="absent")


@control(
    id="D21-all-containers",
    title="The logs of all containers are read, as the container runtime writes them",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Tail /var/log/containers/*.log with multiline.parser cri, exclude nothing.",
    references=(_ADR,),
)
def all_containers(cluster: Cluster) -> Iterator[Finding]:
    """One input tails all logs; no filter drops any; no team can take its own out."""
    for release in cluster.releases(_CHART):
        inputs = _of(release, "INPUT")
        tails = [
            (where, each) for where, each in inputs if each.get("name").lower() == "tail" and each.get("path") == _TAIL
        ]
        if len(tails) != 1:
            where = release.values["config.inputs"]
            yield where.finding(f"tail {_TAIL} {len(tails)} times", expected="once")
        for where, section in tails:
            yield from judge(where, section, INPUT)
            if "cri" not in re.split(r"[\s,]+", section.get("multiline.parser")):
                yield where.finding("reads another format than containerd's", expected="multiline.parser cri")
        for where, section in _of(release, "FILTER"):
            yield from judge(where, section, FILTER)
            if not all(section.matches(tag) for tag in _tags(release)):
                yield where.finding(
                    "leave logs without what Kubernetes knows of them", expected="Match of the input's tag"
                )
        services = _of(release, "SERVICE")
        for where, section in services:
            yield from judge(where, section, SERVICE)
        if len(services) != 1:
            yield release.values["config.service"].finding(f"is {len(services)} sections", expected="one")
        others = {each.kind for _, each in _all_sections(release)} - {"SERVICE", "INPUT", "FILTER", "OUTPUT"}
        if others:
            yield release.values["config"].finding(f"hold the sections {sorted(others)}", expected="none")


@control(
    id="D21-to-the-domain",
    title="Everything that is read goes to the cluster's own domain, encrypted, and nowhere else",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Keep one output opensearch whose Match covers the input's tag, with the cluster's host, TLS and AWS_Auth on.",
    references=(_ADR,),
)
def to_the_domain(cluster: Cluster) -> Iterator[Finding]:
    """Each output goes to the domain; at least one takes what the input yields."""
    for release in cluster.releases(_CHART):
        host = parameters.LOG_HOST.format(cluster=cluster.name, region=parameters.REGION)
        for zone in cluster.estate.search("aws_route53_zone"):
            name = (zone["name"].text() or "").rstrip(".") if zone["name"].known else ""
            if name and f".{host}".endswith(f".{name}"):
                yield zone["name"].finding(f"answers for {host} in the VPC", expected="no zone of that name")
        outputs = _of(release, "OUTPUT")
        for where, section in outputs:
            yield from judge(where, section, OUTPUT)
            if section.get("host") != host:
                yield where.finding(f"send to the host {section.get('host')!r}", expected=host)
            if section.get("name").lower() not in ("opensearch", "es"):
                yield where.finding(f"send to {section.get('name') or 'nothing'}", expected="opensearch")
        for tag in _tags(release):
            if not any(section.matches(tag) for _, section in outputs):
                yield release.values["config.outputs"].finding(
                    f"take nothing tagged {tag}", expected=f"Match that covers {tag}"
                )


def _tags(release: Release) -> list[str]:
    """Return tags of containers' logs, for each input that tails them."""
    found = []
    for _, section in _of(release, "INPUT"):
        if section.get("path") == _TAIL:
            tag = section.get("tag") or "tail.0"
            found += [tag.replace("*", f"var.log.containers.{name}.log") for name in _CONTAINERS]
    return found


@control(
    id="D21-buffered",
    title="What the domain does not take yet waits on the node, up to a limit",
    severity="medium",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Keep position and buffer in a hostPath, storage.type filesystem, storage.total_limit_size on the output.",
    references=(_ADR,),
)
def buffered(cluster: Cluster) -> Iterator[Finding]:
    """Position and buffer outlive the pod, and the buffer cannot fill the node."""
    for release in cluster.releases(_CHART):
        paths = [(where, each.get("storage.path")) for where, each in _of(release, "SERVICE")]
        for where, section in _of(release, "INPUT"):
            paths.append((where, section.get("db")))
            if section.get("storage.type").lower() != "filesystem":
                yield where.finding("keep what waits in memory", expected="storage.type filesystem")
        kept, written = _on_the_node(release), _on_the_node(release, written=True)
        for where, path in paths:
            if not any(path == mount or path.startswith(f"{mount}/") for mount in written):
                yield where.finding(f"keep {path or 'nothing'} where it goes with the pod", expected=f"below {written}")
        if not any("/var/log/containers/".startswith(f"{mount}/") for mount in kept):
            yield release.values["daemonSetVolumes"].finding("do not show the containers' logs", expected="/var/log")
        for where, section in _of(release, "OUTPUT"):
            if not re.fullmatch(r"[1-9]\d*[MG]B?", section.get("storage.total_limit_size")):
                yield where.finding("may fill the node", expected="storage.total_limit_size")


def _on_the_node(release: Release, *, written: bool = False) -> list[str]:
    """Return where host paths of the same name are mounted, of those `written` to alone if it is asked for."""
    values = release.values
    volumes = [each for key in ("daemonSetVolumes", "extraVolumes") for each in values[key].blocks()]
    mounts = [each for key in ("daemonSetVolumeMounts", "extraVolumeMounts") for each in values[key].blocks()]
    paths = {each["name"].text(): each["hostPath.path"].text() for each in volumes if not each["hostPath"].absent}
    found = []
    for mount in mounts:
        path, at = paths.get(mount["name"].text()), mount["mountPath"].text() or ""
        if mount["readOnly"].flag() and written:
            continue
        if (
            path is not None
            and mount["subPath"].absent
            and mount["subPathExpr"].absent
            and (not at.startswith("/var/log") or path == at)
        ):
            found.append(at)
    return found


@control(
    id="D21-own-role",
    title="Log shipping signs as a role of its own, which may do nothing but write to the cluster's domain",
    severity="high",
    reads=("cluster", "workloads"),
    presence=_PRESENT,
    remediation="Annotate the service account with the role that trusts exactly it; allow es:ESHttpPost on the domain alone.",
    references=(_ADR,),
)
def own_role(cluster: Cluster) -> Iterator[Finding]:
    """The annotation names the role that trusts this service account, and the role's rights end at the domain."""
    domain = parameters.LOG_DOMAIN.format(cluster=cluster.name, region=parameters.REGION, account=parameters.ACCOUNT)
    for release in cluster.releases(_CHART):
        account = release.values["serviceAccount"]
        subject = f"system:serviceaccount:{release.namespace}:{account['name'].text() or release.name}"
        roles = [each for each in cluster.roles() if _trusts(each.trust, subject)]
        if len(roles) != 1:
            yield release.finding(
                f"{subject} is trusted by {len(roles)} roles", found=[each.address for each in roles], expected="one"
            )
            continue
        role = roles[0]
        arn = f"arn:aws:iam::{parameters.ACCOUNT}:role/{role.resource['name'].text()}"
        yield from account.at("annotations", "eks.amazonaws.com/role-arn").must_be(arn)
        for given, known in ((account["annotations"], _OF_THE_ROLE), (release.values["podAnnotations"], ())):
            for key, annotation in given.items():
                if key.startswith("eks.amazonaws.com/") and key not in known:
                    yield annotation.finding("may keep the role from the pods", expected=list(known) or "absent")
        yield from role.resource["permissions_boundary"].must_be_absent("it takes rights away unseen")
        for attached in role.attached:
            yield attached.finding("gives more than writing logs", expected="absent")
        for document in role.documents:
            for statement in document.statements:
                if not statement.allows:
                    if statement.covers("es:ESHttpPost"):
                        yield document.finding("denies writing to the domain", found=statement.actions, expected="none")
                    continue
                for condition in statement.conditions:
                    text = f"allows it on the condition {condition.key}, which may never hold"
                    yield document.finding(text, found=condition.values, expected="no condition", unknown=True)
                narrow = all(each == domain or each.startswith(f"{domain}/") for each in statement.resources)
                writes = all(each in ("es:ESHttpPost", "es:ESHttpPut") for each in statement.actions)
                if statement.not_actions or not (statement.resources and narrow and statement.actions and writes):
                    yield document.finding(
                        "allows more than writing to the cluster's domain",
                        found=[statement.actions, statement.resources],
                        expected=domain,
                    )
        written = [each for document in role.documents for each in document.statements if each.grants("es:ESHttpPost")]
        if not any(fnmatchcase(f"{domain}/_bulk", arn) for each in written for arn in each.resources):
            yield role.finding("may not write to the domain", expected=f"es:ESHttpPost on {domain}/_bulk")


def _trusts(trust: Policy, subject: str) -> bool:
    return any(
        subject in each.values for statement in trust.statements if statement.allows for each in statement.conditions
    )
