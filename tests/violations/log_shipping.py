"""Ways to lose logs, or to send them elsewhere (D21)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation
from tests.violations.workloads import set_value, values

_ROLE = "fluent-bit"


def _config(stacks: Stacks) -> Any:
    return values(stacks, "fluent-bit")["config"]


def _replace(stacks: Stacks, part: str, old: str, new: str) -> None:
    config = _config(stacks)
    assert old in config[part], f"{old!r} is not in {part}"
    config[part] = config[part].replace(old, new)


@violation(kills="D21-to-the-domain")
def match_of_nothing(stacks: Stacks) -> None:
    """The tag is kubernetes.*, the output takes kube.*: everything runs, nothing arrives."""
    _replace(stacks, "outputs", "Match kubernetes.*", "Match kube.*")


@violation(kills="D21-to-the-domain", also=("D21-all-containers",))
def another_tag(stacks: Stacks) -> None:
    """The same from the other end."""
    _replace(stacks, "inputs", "Tag kubernetes.*", "Tag containers.*")


@violation(kills="D21-to-the-domain")
def null_output(stacks: Stacks) -> None:
    """The output is `null`, which takes everything and keeps nothing."""
    _replace(stacks, "outputs", "Name opensearch", "Name null")


@violation(kills="D21-to-the-domain")
def replaced_by_set(stacks: Stacks) -> None:
    """The values say opensearch, a `set` over them says stdout."""
    set_value(
        stacks,
        "fluent-bit",
        "config.outputs",
        "[OUTPUT]\n    Name stdout\n    Match *\n    storage.total_limit_size 1G\n",
    )


@violation(kills="D21-to-the-domain")
def a_copy_to_somebody_else(stacks: Stacks) -> None:
    """A second output sends all tenants' logs to a collector of somebody's."""
    _config(stacks)["outputs"] += (
        "[OUTPUT]\n    Name http\n    Match *\n    Host logs.example.com\n    storage.total_limit_size 2G\n"
    )


@violation(kills="D21-to-the-domain")
def output_hidden_among_the_filters(stacks: Stacks) -> None:
    """fluent-bit reads all parts as one: a section of outputs may stand among the filters."""
    _config(stacks)["filters"] += (
        "[OUTPUT]\n    Name forward\n    Match *\n    Host 203.0.113.7\n    storage.total_limit_size 2G\n"
    )


@violation(kills="D21-to-the-domain")
def domain_of_another_cluster(stacks: Stacks) -> None:
    """The logs of live go where those of test are."""
    _replace(stacks, "outputs", "search-cloud-platform-live", "search-cloud-platform-test")


@violation(kills="D21-to-the-domain")
def in_the_clear(stacks: Stacks) -> None:
    """TLS is off."""
    _replace(stacks, "outputs", "    TLS On\n", "    TLS Off\n")


@violation(kills="D21-to-the-domain")
def certificate_not_verified(stacks: Stacks) -> None:
    """Encrypted, for whoever answers."""
    _replace(stacks, "outputs", "TLS.Verify On", "TLS.Verify Off")


@violation(kills="D21-to-the-domain")
def unsigned(stacks: Stacks) -> None:
    """Without a signature the domain refuses, or, worse, does not."""
    _replace(stacks, "outputs", "AWS_Auth On", "AWS_Auth Off")


@violation(kills="D21-to-the-domain")
def one_retry(stacks: Stacks) -> None:
    """Retry_Limit left out is one retry: a domain that restarts costs logs."""
    _replace(stacks, "outputs", "    Retry_Limit False\n", "")


@violation(kills="D21-to-the-domain", names="config.outputs")
def host_from_the_environment(stacks: Stacks) -> None:
    """The host is a variable of the container's environment, set elsewhere."""
    _replace(stacks, "outputs", "Host search-cloud-platform-live.eu-west-2.es.amazonaws.com", "Host $${LOG_HOST}")


@violation(kills="D21-all-containers")
def a_tenant_excluded(stacks: Stacks) -> None:
    """A filter drops what one team writes, because it writes much."""
    _config(stacks)["filters"] += (
        "[FILTER]\n    Name grep\n    Match *\n    Exclude $kubernetes['namespace_name'] ^court-\n"
    )


@violation(kills="D21-all-containers")
def excluded_by_path(stacks: Stacks) -> None:
    """The same at the input."""
    _replace(stacks, "inputs", "    Tag kubernetes.*\n", "    Tag kubernetes.*\n    Exclude_Path *_court-*\n")


@violation(kills="D21-all-containers")
def teams_take_themselves_out(stacks: Stacks) -> None:
    """An annotation on a pod takes its logs out."""
    _replace(stacks, "filters", "K8S-Logging.Exclude Off", "K8S-Logging.Exclude On")


@violation(kills="D21-all-containers")
def docker_parser(stacks: Stacks) -> None:
    """containerd does not write Docker's JSON: each line is dropped or mangled."""
    _replace(stacks, "inputs", "multiline.parser cri", "Parser docker")


@violation(kills="D21-all-containers")
def multiline_for_docker(stacks: Stacks) -> None:
    """The key is right and the format wrong."""
    _replace(stacks, "inputs", "multiline.parser cri", "multiline.parser docker")


@violation(kills="D21-all-containers", names="config.inputs")
def one_namespace_only(stacks: Stacks) -> None:
    """The path names the pods of the platform alone."""
    _replace(stacks, "inputs", "/containers/*.log", "/containers/*_kube-system_*.log")


@violation(kills="D21-all-containers")
def long_lines_stop_the_file(stacks: Stacks) -> None:
    """A line that is too long, and the rest of the file is never read."""
    _replace(stacks, "inputs", "Skip_Long_Lines On", "Skip_Long_Lines Off")


@violation(kills="D21-all-containers")
def dropped_by_a_script(stacks: Stacks) -> None:
    """A script returns -1 for whatever it likes."""
    _config(stacks)["filters"] += (
        "[FILTER]\n    Name lua\n    Match *\n    code function f(t,s,r) return -1,s,r end\n    call f\n"
    )


@violation(kills="D21-all-containers")
def old_lines_ignored(stacks: Stacks) -> None:
    """After an outage of an hour what was written meanwhile is old."""
    _replace(stacks, "inputs", "    Rotate_Wait 30\n", "    Rotate_Wait 30\n    Ignore_Older 5m\n")


@violation(kills="D21-on-every-node")
def test_pod(stacks: Stacks) -> None:
    """The chart's test pod stays in the namespace, with an image of no pinned tag."""
    values(stacks, "fluent-bit")["testFramework"]["enabled"] = True


@violation(kills="D21-on-every-node")
def test_pod_by_default(stacks: Stacks) -> None:
    """Not to mention it is to have it."""
    del values(stacks, "fluent-bit")["testFramework"]


@violation(kills="D21-on-every-node")
def not_on_the_prometheus_group(stacks: Stacks) -> None:
    """Without tolerations fluent-bit stays off tainted nodes."""
    values(stacks, "fluent-bit")["tolerations"] = []


@violation(kills="D21-on-every-node")
def only_todays_taint(stacks: Stacks) -> None:
    """The taint of today is tolerated, the next one not."""
    values(stacks, "fluent-bit")["tolerations"] = [{"key": "monitoring-node", "operator": "Exists"}]


@violation(kills="D21-on-every-node")
def a_selector_of_nodes(stacks: Stacks) -> None:
    """It tolerates everything and is asked for on some nodes only."""
    set_value(stacks, "fluent-bit", "nodeSelector.logging", "on")


@violation(kills="D21-on-every-node")
def away_from_prometheus_by_affinity(stacks: Stacks) -> None:
    """An affinity keeps it off one group."""
    values(stacks, "fluent-bit")["affinity"] = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "cloud-platform.justice.gov.uk/monitoring-ng", "operator": "DoesNotExist"}
                        ]
                    }
                ]
            }
        }
    }


@violation(kills="D21-on-every-node")
def a_deployment(stacks: Stacks) -> None:
    """One pod for all nodes reads the logs of one node."""
    values(stacks, "fluent-bit")["kind"] = "Deployment"


@violation(kills="D21-on-every-node")
def floating_image(stacks: Stacks) -> None:
    """`latest`, on every node."""
    values(stacks, "fluent-bit")["image"]["tag"] = "latest"


@violation(kills="D21-on-every-node")
def image_of_another_registry(stacks: Stacks) -> None:
    """The tag is recorded; the image under it is another's."""
    set_value(stacks, "fluent-bit", "image.repository", "docker.io/somebody/fluent-bit")


@violation(kills="D21-on-every-node")
def configured_elsewhere(stacks: Stacks) -> None:
    """A ConfigMap of another name takes the place of all that is configured here."""
    values(stacks, "fluent-bit")["existingConfigMap"] = "fluent-bit-of-ours"


@violation(kills="D21-on-every-node")
def mounted_over(stacks: Stacks) -> None:
    """A volume hides the configuration in the container."""
    release = values(stacks, "fluent-bit")
    release["extraVolumes"] = [{"name": "conf", "configMap": {"name": "other"}}]
    release["extraVolumeMounts"] = [{"name": "conf", "mountPath": "/fluent-bit/etc/conf"}]


@violation(kills="D21-buffered", also=("D21-on-every-node",))
def buffer_in_the_pod(stacks: Stacks) -> None:
    """The state is an emptyDir: a restart reads everything twice or not at all."""
    release = values(stacks, "fluent-bit")
    release["daemonSetVolumes"][1] = {"name": "state", "emptyDir": {}}


@violation(kills="D21-buffered")
def buffer_in_memory(stacks: Stacks) -> None:
    """What waits is in memory, and gone with it."""
    _replace(stacks, "inputs", "storage.type filesystem", "storage.type memory")


@violation(kills="D21-buffered")
def buffer_without_end(stacks: Stacks) -> None:
    """A domain that is down fills every node's disk."""
    _replace(stacks, "outputs", "    storage.total_limit_size 2G\n", "")


@violation(kills="D21-buffered")
def position_in_tmp(stacks: Stacks) -> None:
    """The position is kept in the container's own file system."""
    _replace(stacks, "inputs", "DB /var/lib/fluent-bit/containers.db", "DB /tmp/containers.db")


@violation(kills="D21-buffered", also=("D21-on-every-node",))
def another_folder_of_the_node(stacks: Stacks) -> None:
    """/var/log in the container is another folder of the node: there is nothing to read."""
    values(stacks, "fluent-bit")["daemonSetVolumes"][0]["hostPath"]["path"] = "/var/lib/docker"


@violation(kills="D21-own-role", also=("D19-one-role-each",))
def role_of_another_cluster(stacks: Stacks) -> None:
    """The annotation names the role of manager's fluent-bit."""
    account = values(stacks, "fluent-bit")["serviceAccount"]
    account["annotations"]["eks.amazonaws.com/role-arn"] = "arn:aws:iam::111122223333:role/manager-logging-fluent-bit"


@violation(
    kills="D21-own-role",
    also=(
        "D21-on-every-node",
        "D19-one-role-each",
    ),
)
def another_service_account(stacks: Stacks) -> None:
    """The pods run as a service account that no role trusts."""
    set_value(stacks, "fluent-bit", "serviceAccount.name", "fluent-bit-2")


@violation(kills="D21-own-role", also=("B11-iam-without-wildcards",), names="fluent-bit")
def may_delete_indices(stacks: Stacks) -> None:
    """es:ESHttp* lets whoever gets into the pod delete all logs."""
    document = stacks["live"]["data"]["aws_iam_policy_document"]["fluent-bit_permissions_document"]
    document["statement"][0]["actions"] = ["es:ESHttp*"]


@violation(kills="D21-own-role", also=("B11-iam-without-wildcards",), names="fluent-bit")
def any_domain(stacks: Stacks) -> None:
    """Every domain of the account."""
    document = stacks["live"]["data"]["aws_iam_policy_document"]["fluent-bit_permissions_document"]
    document["statement"][0]["resources"] = ["*"]


@violation(kills="D21-own-role", also=("B11-iam-without-wildcards",))
def a_managed_policy_more(stacks: Stacks) -> None:
    """The narrow policy stays; a wide one is attached beside it."""
    stacks.add(
        "live",
        "aws_iam_role_policy_attachment",
        "logs_more",
        {
            "role": f"${{aws_iam_role.{_ROLE}.name}}",
            "policy_arn": "arn:aws:iam::aws:policy/AmazonOpenSearchServiceFullAccess",
        },
    )


@violation(kills="D21-on-every-node")
def kind_inside_a_name(stacks: Stacks) -> None:
    """The name of one setting holds another: what stands before the last equals sign is several."""
    stacks.one("live-workloads", "helm_release", "fluent-bit")["set"] = [
        {"name": "podLabels.a=b,kind=Deployment,podLabels.c", "value": "d"}
    ]


@violation(kills="D21-own-role", names="aws_iam_role_policy.fluent-bit_permissions")
def writing_denied(stacks: Stacks) -> None:
    """What one statement allows, the next one denies."""
    document = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_permissions_document")
    document["statement"].append({"effect": "Deny", "actions": ["es:*"], "resources": ["*"]})


@violation(kills="D21-own-role", names="aws_iam_role_policy.fluent-bit_permissions")
def writing_from_nowhere(stacks: Stacks) -> None:
    """Writing is allowed from an address that nobody has."""
    document = stacks.one("live", "data.aws_iam_policy_document", "fluent-bit_permissions_document")
    condition = {"test": "IpAddress", "variable": "aws:SourceIp", "values": ["192.0.2.1/32"]}
    document["statement"][0].setdefault("condition", []).append(condition)
