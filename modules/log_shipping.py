"""Log shipping: fluent-bit on every node, to the cluster's OpenSearch domain (ADR: Future Fargate considerations)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modules.bindings import Construct, ITerraformDependable
from modules.release import ChartPin, Release
from modules.settings import names
from modules.settings.cluster import Cluster
from modules.settings.fleet import Fleet

CHART: Final = ChartPin(name="fluent-bit", repository="https://fluent.github.io/helm-charts", version="0.58.1")
IMAGE_TAG: Final = "5.1.1"
LOGS: Final = "/var/log"
"""Where the node keeps the logs of containers; read only."""
STATE: Final = "/var/lib/fluent-bit"
"""Where fluent-bit keeps on the node what it has read and what it could not send yet."""
BUFFER: Final = "2G"
"""Most that waits on a node for the domain; beyond it the oldest goes."""

SERVICE: Final = f"""\
[SERVICE]
    Daemon Off
    Flush 1
    Log_Level info
    Parsers_File /fluent-bit/etc/parsers.conf
    HTTP_Server On
    HTTP_Listen 0.0.0.0
    HTTP_Port 2020
    Health_Check On
    storage.path {STATE}/buffer
    storage.sync normal
    storage.max_chunks_up 64
    storage.backlog.mem_limit 32M
"""
INPUTS: Final = f"""\
[INPUT]
    Name tail
    Alias containers
    Tag kubernetes.*
    Path {LOGS}/containers/*.log
    multiline.parser cri
    DB {STATE}/containers.db
    DB.locking On
    Refresh_Interval 10
    Rotate_Wait 30
    Buffer_Max_Size 1M
    Skip_Long_Lines On
    storage.type filesystem
"""
FILTERS: Final = """\
[FILTER]
    Name kubernetes
    Match kubernetes.*
    Kube_Tag_Prefix kubernetes.var.log.containers.
    Merge_Log On
    Merge_Log_Key log_processed
    Keep_Log On
    Labels On
    Annotations Off
    Buffer_Size 0
    K8S-Logging.Parser Off
    K8S-Logging.Exclude Off
"""


def outputs(*, host: str, region: str, index_prefix: str) -> str:
    """Return the one output: to `host`, each request signed as the role of the service account."""
    return f"""\
[OUTPUT]
    Name opensearch
    Alias opensearch
    Match kubernetes.*
    Host {host}
    Port 443
    TLS On
    TLS.Verify On
    AWS_Auth On
    AWS_Region {region}
    AWS_Service_Name es
    Logstash_Format On
    Logstash_Prefix {index_prefix}
    Suppress_Type_Name On
    Replace_Dots On
    Generate_ID On
    Trace_Error On
    Buffer_Size 512KB
    Retry_Limit False
    storage.total_limit_size {BUFFER}
"""


class LogShipping(Construct):
    """fluent-bit on every node, whatever its taints, reading what the container runtime writes.

    The ADR speaks of Elasticsearch; the domain is Amazon's OpenSearch Service, which signs by the same service
    name. No team can take its own logs out or have them parsed otherwise: the annotations for that are ignored.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        fleet: Fleet,
        cluster: Cluster,
        depends_on: Iterable[ITerraformDependable] = (),
    ) -> None:
        """Release fluent-bit after `depends_on`: its namespace, and the release that brings the ServiceMonitor type."""
        super().__init__(scope, id_)
        settings = cluster.log_shipping
        role = names.service_account_role(cluster.name, names.LOGGING, names.FLUENT_BIT)
        release = Release(
            self,
            "Default",
            chart=CHART,
            release_name=names.FLUENT_BIT,
            namespace=names.LOGGING,
            timeout=900,
            values={
                "kind": "DaemonSet",
                "image": {"tag": IMAGE_TAG},
                "testFramework": {"enabled": False},
                "serviceAccount": {
                    "create": True,
                    "name": names.FLUENT_BIT,
                    "annotations": {"eks.amazonaws.com/role-arn": f"arn:aws:iam::{fleet.account.id}:role/{role}"},
                },
                "tolerations": [{"operator": "Exists"}],
                "priorityClassName": "system-node-critical",
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "resources": {
                    "requests": {"cpu": "100m", "memory": "128Mi"},
                    "limits": {"memory": "512Mi"},
                },
                "daemonSetVolumes": [
                    {"name": "logs", "hostPath": {"path": LOGS}},
                    {"name": "state", "hostPath": {"path": STATE, "type": "DirectoryOrCreate"}},
                ],
                "daemonSetVolumeMounts": [
                    {"name": "logs", "mountPath": LOGS, "readOnly": True},
                    {"name": "state", "mountPath": STATE},
                ],
                "serviceMonitor": {"enabled": True},
                "config": {
                    "service": SERVICE,
                    "inputs": INPUTS,
                    "filters": FILTERS,
                    "outputs": outputs(
                        host=settings.host,
                        region=fleet.account.region,
                        index_prefix=settings.index_prefix or f"{cluster.name}_kubernetes_cluster",
                    ),
                    "customParsers": "",
                },
            },
            depends_on=list(depends_on),
        )
        self.resource = release.resource
