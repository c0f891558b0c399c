"""D03: Kuberos, the organisation's own, hands out kubeconfigs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies import parameters
from policies.engine import Attribute, Cluster, Finding, Presence, Release, Resource, Template, control
from policies.engine.footprint import sensible
from policies.engine.kubernetes import containers
from policies.engine.values import show
from policies.ingresses import plain_ingress

_ADR = "Auth credential issuer"
_CHART = "kuberos"
_OTHERS = ("gangway", "dex", "kubelogin", "oidc-login", "kubehook", "pinniped", "loginapp", "negz", "kubelogin-proxy")
_KEPT_AWAY = "oidc.clientSecret"
_ESCAPED = re.compile(r"\$\{replace\(([\w.]+), \"[^\"]*\", \"\\\\\$1\"\)\}")
_PRESENT = (Presence(f"release:{_CHART}", 1, 1),)


@control(
    id="D03-kuberos",
    title="Each cluster runs the organisation's Kuberos, at a recorded version, in two pods or more",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    remediation="Release chart kuberos at its recorded version, with the fork's image by tag, two replicas or more.",
    references=(_ADR,),
)
def kuberos(cluster: Cluster) -> Iterator[Finding]:
    """Chart, image and replicas of the one release."""
    for release in cluster.releases(_CHART):
        yield from release.must_be_pinned(*parameters.CHARTS[_CHART])
        image = release.values["image"]
        yield from image["repository"].must_be(parameters.KUBEROS_IMAGE)
        yield from image["tag"].must_be_one_of(parameters.KUBEROS_TAGS)
        yield from release.values["replicaCount"].must_be_between(parameters.KUBEROS_REPLICAS, 50)
        yield from sensible(release.values["resources"])
        for key in ("podAffinity", "nodeAffinity"):
            yield from release.values["affinity"][key].must_be_absent("Kuberos runs wherever there is room")
        apart = release.values["affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution"]
        for term in apart.blocks():
            if term["labelSelector.matchLabels"].mapping().get("app") != _CHART:
                yield term.finding("keeps Kuberos away from other pods than its own", expected={"app": _CHART})


@control(
    id="D03-kuberos-login",
    title="Kuberos logs in at the tenant, as the cluster's own client, and names the cluster it stands in",
    severity="high",
    reads=("workloads", "login"),
    presence=_PRESENT,
    remediation=(
        "Take the client's id from the parameter that the login stack writes, endpoint and certificate from the cluster,"
        " and the issuer of policies/parameters."
    ),
    references=(_ADR,),
)
def kuberos_login(cluster: Cluster) -> Iterator[Finding]:
    """Issuer, client, callback, TLS, endpoint and certificate belong to each other."""
    for release in cluster.releases(_CHART):
        values = release.values
        yield from values["oidc.issuerUrl"].must_be(parameters.ISSUER)
        host = values["ingress.host"].text() or ""
        yield from _one_line(values)
        yield from plain_ingress(values["ingress"])
        yield from _client(cluster, values["oidc.clientId"], f"https://{host}/ui")
        covered = [name for each in values["ingress.tls"].blocks() for name in each["hosts"].strings()]
        if not host or host not in covered:
            yield values["ingress.tls"].finding(f"does not cover {host or 'any host'}", expected=host)
        for key, attribute in (("address", "endpoint"), ("ca", "certificate_authority")):
            yield from _of_this_cluster(cluster, values["cluster"][key], attribute)


def _one_line(values: Attribute) -> Iterator[Finding]:
    """The chart writes its values into YAML as they are: a second line is a second key."""
    for path in (
        "cluster.name",
        "cluster.address",
        "cluster.ca",
        "ingress.className",
        "oidc.issuerUrl",
        "oidc.clientId",
    ):
        if "\n" in str(show(values[path].node)):
            yield values[path].finding(
                "has a second line, which the chart takes for a key of its own", expected="one line"
            )


def _client(cluster: Cluster, client_id: Attribute, callback: str) -> Iterator[Finding]:
    names = {each["name"].text() for each in client_id.follow("data.aws_ssm_parameter")}
    written = [each for each in cluster.resources("aws_ssm_parameter") if each["name"].text() in names]
    clients = [
        client
        for each in written
        for value in (each["insecure_value"], each["value"])
        for client in value.follow("auth0_client")
    ]
    if len(clients) != 1:
        yield client_id.finding("is not what the login stack of this cluster writes", expected="its parameter")
        return
    if callback not in clients[0]["callbacks"].strings():
        yield clients[0]["callbacks"].finding(f"lack {callback}, where Kuberos stands", expected=callback)


def _of_this_cluster(cluster: Cluster, attribute: Attribute, wanted: str) -> Iterator[Finding]:
    if attribute.owner.resource.stack.layer == "state":  # what was a reference is spelled there
        known = cluster.resources("data.aws_eks_cluster", "aws_eks_cluster")
        spelled = {_spelled(each, wanted) for each in known if each["name"].text() == cluster.name}
        if attribute.text() not in spelled - {None}:
            yield attribute.finding(f"is not the {wanted} of {cluster.name}", expected=f"{wanted} of {cluster.name}")
        return
    sources = attribute.follow("data.aws_eks_cluster", "aws_eks_cluster")
    right = [each for each in sources if each["name"].text() == cluster.name]
    if len(sources) != 1 or not right or not any(wanted in each for each in attribute.stands_for()):
        yield attribute.finding(f"is not the {wanted} of {cluster.name}", expected=f"{wanted} of {cluster.name}")


def _spelled(eks: Resource, wanted: str) -> str | None:
    """Return how a release spells what a cluster has."""
    if wanted == "endpoint":
        return eks["endpoint"].text()
    return next((each["data"].text() for each in eks["certificate_authority"].blocks()), None)


@control(
    id="D03-client-secret",
    title="The client's secret goes to Kuberos and is kept in neither state nor values",
    severity="high",
    reads=("workloads",),
    presence=_PRESENT,
    layers=("synth", "plan"),
    remediation="Give oidc.clientSecret by set_wo alone, from an ephemeral parameter.",
    references=(_ADR,),
)
def client_secret(cluster: Cluster) -> Iterator[Finding]:
    """The secret stands in one write-only argument, whose value is ephemeral."""
    for release in cluster.releases(_CHART):
        yield from _not_in_clear(release)
        written = [each for each in release["set_wo"].blocks() if each["name"].text() == _KEPT_AWAY]
        if len(written) != 1:
            yield release["set_wo"].finding(f"gives {_KEPT_AWAY} {len(written)} times", expected="once")
        for each in written:
            if not _ephemeral(each["value"]):
                yield each["value"].finding("is not ephemeral", expected="an ephemeral aws_ssm_parameter")
        if written:
            yield from release["set_wo_revision"].must_be_between(1, 1_000_000)


def _ephemeral(value: Attribute) -> bool:
    """Whether it is an ephemeral value, or one with a backslash before what `set_wo` would split at."""
    if isinstance(value.node, Template) and (match := _ESCAPED.fullmatch(value.node.text)):
        return match.group(1).startswith("ephemeral.")
    return all(each.startswith("ephemeral.") for each in value.stands_for() or ("",))


def _not_in_clear(release: Release) -> Iterator[Finding]:
    for document in release["values"].blocks():
        yield from document.json()[_KEPT_AWAY].must_be_absent("values are kept in the state")
    for argument in ("set", "set_list", "set_sensitive"):
        for each in release[argument].blocks():
            if (each["name"].text() or "").startswith(_KEPT_AWAY):
                yield each.finding("is kept in the state", expected="set_wo")


@control(
    id="D03-no-other-issuer",
    title="No other issuer of credentials runs",
    severity="high",
    reads=("workloads",),
    presence=(Presence("helm_release"),),
    remediation="Remove Gangway, dex, kubelogin, kubehook and the original Kuberos; the choice is the organisation's fork.",
    references=(_ADR,),
)
def no_other_issuer(cluster: Cluster) -> Iterator[Finding]:
    """Neither a chart nor an image is one of those that were turned down."""
    for release in cluster.releases():
        repository = release["repository"].text() or ""
        for text in (release.chart, release.name, repository, *_images(release.values)):
            yield from (release.finding(f"is {word}, which was turned down", found=text) for word in _turned_down(text))
    for thing in cluster.objects():
        for container in containers(thing):
            image = container["image"].text() or ""
            yield from (container["image"].finding(f"is {word}, which was turned down") for word in _turned_down(image))


def _turned_down(text: str) -> list[str]:
    words = set(re.split(r"[/:@._]", text.lower()))
    parts = {part for word in words for part in word.split("-")} | words
    return [each for each in _OTHERS if each in parts]


def _images(values: Attribute) -> Iterator[str]:
    image = values["image"]
    if isinstance(image.node, dict):
        for key in ("repository", "name"):
            if image[key].known:
                yield image[key].text() or ""
    elif image.known:
        yield image.text() or ""
