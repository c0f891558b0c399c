"""Ways to make what is judged differ from what is applied (X)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.violations.catalogue import Stacks, violation

Plans = dict[str, Any]


_OF_ALL_STACKS = (
    "B15-cluster-security-group",
    "D01-workloads-on-this-cluster",
    "D02-audience",
    "D02-groups-reach-rbac",
    "D17-namespaces-guarded",
    "D19-one-role-each",
    "D21-own-role",
    "D22-volume",
)
"""What compares stacks of a cluster, and so cannot tell without a plan of one of them."""


@violation(kills="X00-readable", on="charts", names="live-login")
def file_cut_short(folder: Path) -> None:
    """A stack's file is cut short; a reader that skips it finds nothing wrong in it."""
    path = folder / "stacks" / "live-login" / "cdk.tf.json"
    path.write_text(path.read_text()[:500])


@violation(kills="X00-readable", on="charts", names="test-workloads")
def stack_deleted(folder: Path) -> None:
    """A stack that the manifest lists is not there."""
    (folder / "stacks" / "test-workloads" / "cdk.tf.json").unlink()


@violation(
    kills="X01-count-zero",
    also=(
        "D15-log-group-encrypted",
        "D15-log-group-first",
        "D15-log-group-kept",
    ),
)
def log_group_without_instance(stacks: Stacks) -> None:
    """The log group is in the code for all to see, and has no instance."""
    stacks.one("live", "aws_cloudwatch_log_group")["count"] = 0


@violation(kills="X01-count-zero")
def nothing_for_each(stacks: Stacks) -> None:
    """A resource for each of nobody."""
    stacks.one("live", "aws_route53_record")["for_each"] = {}


@violation(kills="X01-count-zero", on="plan", names="aws_route53_record.zone_delegation")
def none_in_the_plan(plans: Plans) -> None:
    """A variable that the one who planned has set leaves a resource without instance."""
    plan = plans["live"]
    gone = "aws_route53_record.zone_delegation"
    for entries in (plan["planned_values"]["root_module"], plan):
        key = "resources" if "resources" in entries else "resource_changes"
        entries[key] = [each for each in entries[key] if each["address"] != gone]


@violation(kills="X02-ignore-changes", layers=("synth",))
def all_changes_ignored(stacks: Stacks) -> None:
    """Everything may drift."""
    stacks.one("live", "aws_launch_template", "main_template").setdefault("lifecycle", {})["ignore_changes"] = "all"


@violation(kills="X03-overrides", names="aws_launch_template.metadata_options", layers=("synth",))
def escape_hatch(stacks: Stacks) -> None:
    """An override rewrites an argument after the construct has validated it."""
    stacks["live"]["//"]["metadata"]["overrides"]["aws_launch_template"] = ["metadata_options"]


@violation(kills="X04-instances-known", layers=("synth",))
def count_by_variable(stacks: Stacks) -> None:
    """A variable decides whether there is a log group at all."""
    stacks["live"]["variable"] = {"logs": {"type": "number"}}
    stacks.one("live", "aws_cloudwatch_log_group")["count"] = "${var.logs}"


@violation(
    kills="X06-trustworthy-plan",
    also=_OF_ALL_STACKS,
    on="plan",
    names="not complete",
)
def targeted_plan(plans: Plans) -> None:
    """A plan with -target shows only what it was told to."""
    plans["live"]["complete"] = False


@violation(
    kills="X06-trustworthy-plan",
    also=_OF_ALL_STACKS,
    on="plan",
    names="errored",
)
def errored_plan(plans: Plans) -> None:
    """A plan that failed half-way."""
    plans["live"]["errored"] = True


@violation(
    kills="X06-trustworthy-plan",
    also=_OF_ALL_STACKS,
    on="plan",
    names="configuration",
)
def plan_without_configuration(plans: Plans) -> None:
    """Without its configuration a plan's unknowns cannot be told."""
    del plans["live"]["configuration"]


@violation(kills="X07-forget", on="plan", names="aws_instance.bastion")
def bastion_forgotten(plans: Plans) -> None:
    """Terraform forgets the bastion, which lives on."""
    plans["live"]["resource_changes"].append(
        {
            "address": "aws_instance.bastion",
            "mode": "managed",
            "type": "aws_instance",
            "name": "bastion",
            "change": {"actions": ["forget"], "before": {}, "after": None, "after_unknown": {}},
        }
    )


@violation(kills="X07-forget", on="plan", names="aws_eks_cluster.cluster")
def cluster_replaced(plans: Plans) -> None:
    """The plan replaces the cluster, and with it everything in it."""
    for change in plans["live"]["resource_changes"]:
        if change["type"] == "aws_eks_cluster":
            change["change"]["actions"] = ["delete", "create"]


@violation(kills="X07-forget", layers=("synth",), names="removed")
def removed_without_destroying(stacks: Stacks) -> None:
    """A removed block takes a resource out of sight, not out of AWS."""
    stacks["live"]["removed"] = [{"from": "aws_instance.bastion", "lifecycle": {"destroy": False}}]


@violation(
    kills="X08-one-provider",
    also=(
        "B05-default-tags",
        "B06-own-account",
    ),
    names="provider.aws.elsewhere",
)
def second_provider(stacks: Stacks) -> None:
    """A second provider in another region, for whatever shall not be found."""
    stacks["live"]["provider"]["aws"].append({"alias": "elsewhere", "region": "us-east-1"})


@violation(kills="X08-one-provider", names="us-east-1")
def whole_stack_elsewhere(stacks: Stacks) -> None:
    """The stack's only provider points at another region."""
    stacks["test"]["provider"]["aws"][0]["region"] = "us-east-1"


@violation(kills="X09-foreign-code", names="module")
def module_called(stacks: Stacks) -> None:
    """A module from elsewhere brings what no control sees."""
    stacks["live"]["module"] = {"bastion": {"source": "./bastion"}}


@violation(kills="X09-foreign-code")
def provisioner_undoes(stacks: Stacks) -> None:
    """A provisioner turns logging off again when the apply is done."""
    command = "aws eks update-cluster-config --name live --logging ..."
    stacks.one("live", "aws_eks_cluster")["provisioner"] = [{"local-exec": {"command": command}}]


@violation(kills="X09-foreign-code")
def script_in_a_resource(stacks: Stacks) -> None:
    """A resource that exists to run a script."""
    stacks.add("live", "null_resource", "script", {"triggers": {"always": "${timestamp()}"}})


@violation(kills="X10-same-addresses", also=("D05-managed-only",), on="plan", names="aws_instance.bastion")
def planned_beside_the_code(plans: Plans) -> None:
    """The plan was made of other code than what was synthesized."""
    entry = {"address": "aws_instance.bastion", "mode": "managed", "type": "aws_instance", "name": "bastion"}
    plans["live"]["configuration"]["root_module"]["resources"].append({**entry, "expressions": {}})
    plans["live"]["planned_values"]["root_module"]["resources"].append({**entry, "values": {}})


@violation(kills="X10-same-addresses", on="plan", names="aws_route53_record.zone_delegation[0]")
def count_from_a_file_aside(plans: Plans) -> None:
    """A file that lay beside the code when it was planned gives a resource a count: today one, tomorrow none."""
    plan = plans["live"]
    for entry in (*plan["planned_values"]["root_module"]["resources"], *plan["resource_changes"]):
        if entry["address"] == "aws_route53_record.zone_delegation":
            entry |= {"address": f"{entry['address']}[0]", "index": 0}


@violation(kills="X10-same-addresses", on="charts", names="override.tf.json")
def override_file(folder: Path) -> None:
    """A second file beside the generated one, which Terraform merges over it."""
    body: dict[str, Any] = {"resource": {"aws_eks_cluster": {"cluster": {"enabled_cluster_log_types": []}}}}
    (folder / "stacks" / "live" / "zz_override.tf.json").write_text(json.dumps(body))


@violation(kills="X10-same-addresses", on="charts", names="more.tf")
def hcl_file(folder: Path) -> None:
    """A file in HCL beside the generated one, which no reader of JSON sees."""
    (folder / "stacks" / "live" / "more.tf").write_text('resource "aws_instance" "bastion" {}\n')


@violation(kills="X10-same-addresses", on="charts", names="enabled_cluster_log_types")
def key_twice(folder: Path) -> None:
    """One key stands twice; which of the two is applied, a parser decides."""
    path = folder / "stacks" / "live" / "cdk.tf.json"
    text = path.read_text()
    path.write_text(
        text.replace('"enabled_cluster_log_types"', '"enabled_cluster_log_types": [], "enabled_cluster_log_types"', 1)
    )


@violation(kills="X10-same-addresses", on="charts", names="terraform.tfvars")
def variables_from_aside(folder: Path) -> None:
    """A file of variables changes what the code says."""
    (folder / "stacks" / "live" / "terraform.tfvars").write_text("x = 1\n")


@violation(kills="X13-objects-chart", on="charts", names="render")
def chart_drops_an_object(folder: Path) -> None:
    """The chart leaves out what the controls have seen in its values."""
    for path in folder.glob("stacks/live-workloads/assets/*/*/templates/objects.yaml"):
        path.write_text(path.read_text().replace("range .Values.objects", "range rest .Values.objects"))


@violation(kills="X13-objects-chart", on="charts", names="other files")
def chart_brings_an_object(folder: Path) -> None:
    """A second template in the chart binds everybody to cluster-admin."""
    for path in folder.glob("stacks/live-workloads/assets/*/*/templates"):
        (path / "more.yaml").write_text("kind: ClusterRoleBinding\n")


@violation(kills="X11-clusters-apart", names="aws_eks_cluster")
def nameless_cluster(stacks: Stacks) -> None:
    """A second cluster whose name only Terraform knows belongs to no group that a control looks at."""
    stacks["account"].setdefault("variable", {})["name"] = {}
    stacks.add("account", "aws_eks_cluster", "second", {"name": "${var.name}"})


@violation(kills="X08-one-provider", also=("B05-default-tags", "B06-own-account"), names="aws_kms_key.cluster_secrets")
def provider_by_another_name(stacks: Stacks) -> None:
    """The AWS provider under a second name, with somebody's own profile, makes a resource elsewhere."""
    stacks["live"]["terraform"]["required_providers"]["awsx"] = {"source": "hashicorp/aws", "version": ">= 5.100.0"}
    stacks["live"]["provider"]["awsx"] = [{"region": "us-east-1", "profile": "personal"}]
    stacks.one("live", "aws_kms_key", "cluster_secrets")["provider"] = "awsx"


@violation(kills="X08-one-provider", layers=("synth",), names="another/aws")
def provider_of_another_source(stacks: Stacks) -> None:
    """The provider is called aws and was written by somebody else."""
    stacks["live"]["terraform"]["required_providers"]["aws"]["source"] = "another/aws"


@violation(kills="X06-trustworthy-plan", on="plan", names="days old")
def plan_of_last_month(plans: Plans) -> None:
    """The plan was right when it was made."""
    plans["live"]["timestamp"] = "2026-10-20T10:00:00Z"


@violation(kills="X06-trustworthy-plan", also=_OF_ALL_STACKS, on="plan", names="cannot be applied")
def plan_that_cannot_be_applied(plans: Plans) -> None:
    """A plan that Terraform itself would not apply."""
    plans["live"]["applyable"] = False


@violation(kills="X06-trustworthy-plan", on="plan", names="Terraform 1.10.5")
def plan_of_an_older_terraform(plans: Plans) -> None:
    """A version that knows no write-only arguments."""
    plans["live"]["terraform_version"] = "1.10.5"


@violation(kills="X03-overrides", names="aws_eks_cluster.enabled_cluster_log_types", layers=("synth",))
def escape_hatch_of_the_cluster(stacks: Stacks) -> None:
    """The construct has asked for all logs, and an override takes one away again when it is asked to."""
    overrides = stacks["test"]["//"]["metadata"]["overrides"]
    overrides.setdefault("aws_eks_cluster", []).append("enabled_cluster_log_types")


@violation(kills="X04-instances-known", layers=("synth",))
def for_each_by_variable(stacks: Stacks) -> None:
    """A variable names the zones in which there are records."""
    stacks["live"]["variable"] = {"records": {"type": "set(string)"}}
    stacks.one("live", "aws_route53_record")["for_each"] = "${var.records}"


@violation(kills="X11-clusters-apart", names="aws_eks_cluster")
def name_from_a_parameter(stacks: Stacks) -> None:
    """A parameter of the account says what the cluster beside the others is called."""
    stacks.add("identity", "aws_eks_cluster", "second", {"name": "${data.aws_ssm_parameter.name.insecure_value}"})
