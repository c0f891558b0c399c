"""Clusters, nodes, roles and logins in other words."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.harmless import rewrite
from tests.violations.catalogue import Body, Stacks

DOCUMENT = "aws_iam_policy_document"
SPELLED = {
    "sid": "Sid",
    "effect": "Effect",
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def _policy(document: Body) -> Body:
    """Return what a policy document's data source writes."""
    statements = []
    for each in document["statement"]:
        statement: Body = {SPELLED[key]: value for key, value in each.items() if key in SPELLED}
        for principal in each.get("principals", []):
            statement.setdefault("Principal", {})[principal["type"]] = principal["identifiers"]
        for condition in each.get("condition", []):
            statement.setdefault("Condition", {}).setdefault(condition["test"], {})[condition["variable"]] = condition[
                "values"
            ]
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _policies(stacks: Stacks) -> list[tuple[str, str, Body, str, Body]]:
    """Return each use of a policy document: stack, document's name, the user's body, its argument, the policy."""
    found = []
    for stack in ("account", "live"):
        documents = stacks[stack]["data"][DOCUMENT]
        for bodies in stacks[stack]["resource"].values():
            for body in bodies.values():
                for key, value in body.items():
                    name = str(value).removeprefix(f"${{data.{DOCUMENT}.").removesuffix(".json}")
                    if name != value and name in documents:
                        found.append((stack, name, body, key, _policy(documents[name])))
    assert len(found) > 10
    return found


def _drop_documents(stacks: Stacks, used: list[tuple[str, str]]) -> None:
    for stack, name in used:
        stacks[stack]["data"][DOCUMENT].pop(name, None)


@rewrite
def policies_by_jsonencode(stacks: Stacks) -> None:
    """Each policy is `jsonencode` of a local instead of a document."""
    uses = _policies(stacks)
    for stack, name, body, key, policy in uses:
        stacks[stack].setdefault("locals", {})[f"policy_{name}"] = policy
        body[key] = f"${{jsonencode(local.policy_{name})}}"
    _drop_documents(stacks, [(stack, name) for stack, name, *_ in uses])


@rewrite
def policies_as_text(stacks: Stacks) -> None:
    """Each policy that refers to nothing is JSON text; one value stands without a list, as IAM allows."""
    for stack, name, body, key, policy in _policies(stacks):
        if "${" in json.dumps(policy):
            continue
        for statement in policy["Statement"]:
            for part in ("Action", "Resource"):
                if len(statement.get(part, ())) == 1:
                    (statement[part],) = statement[part]
        body[key] = json.dumps(policy, indent=2)
        _drop_documents(stacks, [(stack, name)])


@rewrite
def statements_split_and_turned_round(stacks: Stacks) -> None:
    """Each action has a statement of its own, and the last comes first."""
    for stack in ("account", "live"):
        for document in stacks[stack]["data"][DOCUMENT].values():
            parts = [
                each | {"actions": [action], "sid": f"{each.get('sid', 'Part')}{position}"}
                for each in document["statement"]
                for position, action in enumerate(each["actions"])
            ]
            document["statement"] = parts[::-1]


@rewrite
def policies_attached_by_the_role(stacks: Stacks) -> None:
    """Own policies stand inside the role."""
    resources = stacks["live"]["resource"]
    for name, policy in list(resources["aws_iam_role_policy"].items()):
        role = str(policy["role"]).removeprefix("${aws_iam_role.").removesuffix(".name}").removesuffix(".id}")
        resources["aws_iam_role"][role]["inline_policy"] = [{"name": "permissions", "policy": policy["policy"]}]
        stacks.remove("live", "aws_iam_role_policy", name)
        _forget(stacks["live"], f"aws_iam_role_policy.{name}", f"aws_iam_role.{role}")


def _forget(document: Any, address: str, instead: str) -> None:
    """Have what depends on `address` depend on another."""
    for bodies in document["resource"].values():
        for body in bodies.values():
            if address in body.get("depends_on", []):
                body["depends_on"] = sorted({instead if each == address else each for each in body["depends_on"]})


@rewrite
def lists_as_sets(stacks: Stacks) -> None:
    """What has no order is a set, in another order."""
    cluster = stacks.one("live", "aws_eks_cluster")
    kinds = cluster["enabled_cluster_log_types"][::-1]
    cluster["enabled_cluster_log_types"] = f"${{toset({json.dumps(kinds)})}}"
    client = stacks.one("live-login", "auth0_client", "kubernetes_client")
    client["grant_types"] = client["grant_types"][::-1]


@rewrite
def blocks_as_lists(stacks: Stacks) -> None:
    """A block that stands once is a list of one block, and numbers and truths are text."""
    cluster = stacks.one("live", "aws_eks_cluster")
    for key in ("access_config", "vpc_config", "encryption_config", "upgrade_policy"):
        cluster[key] = [cluster[key]]
    template = stacks.one("live", "aws_launch_template", "main_template")
    options = template["metadata_options"]
    template["metadata_options"] = [
        {**options, "http_put_response_hop_limit": str(options["http_put_response_hop_limit"])}
    ]
    for group in stacks.named("live", "aws_eks_node_group").values():
        group["scaling_config"] = [{key: str(value) for key, value in group["scaling_config"].items()}]


@rewrite
def values_by_locals(stacks: Stacks) -> None:
    """What a decision fixes stands in locals that lead to one another."""
    document = stacks["live"]
    cluster = stacks.one("live", "aws_eks_cluster")
    document.setdefault("locals", {}).update(
        {"eks": {"version": cluster["version"], "mode": "${local.modes[0]}"}, "modes": ["API"]}
    )
    cluster["version"] = "${local.eks.version}"
    cluster["access_config"]["authentication_mode"] = '${local.eks["mode"]}'
    for group in stacks.named("live", "aws_eks_node_group").values():
        group["version"] = "${local.eks.version}"


@rewrite
def account_and_partition_looked_up(stacks: Stacks) -> None:
    """What is allowed, trusted and attached is spelled with the account and the partition that Terraform finds itself in."""
    account, partition = "data.aws_caller_identity.current", "data.aws_partition.current"
    for stack in ("account", "live"):
        text = json.dumps({key: stacks[stack][key] for key in ("data", "resource")})
        text = text.replace("arn:aws:iam::", f"arn:${{{partition}.partition}}:iam::")
        for service in ("logs", "es", "ssm"):
            text = text.replace(
                f"arn:aws:{service}:eu-west-2:111122223333:", f"arn:aws:{service}:eu-west-2:${{{account}.account_id}}:"
            )
        stacks[stack] |= json.loads(text)
        for kind in ("aws_caller_identity", "aws_partition"):
            stacks.add(stack, f"data.{kind}", "current", {})


@rewrite
def documents_from_two_sources(stacks: Stacks) -> None:
    """A document is put together of two others, one of them as text."""
    document = stacks.one("live", "data.aws_iam_policy_document", "nodes_permissions_document")
    first, *rest = document["statement"]
    stacks.add("live", "data.aws_iam_policy_document", "nodes_first", {"statement": [first]})
    document["source_policy_documents"] = ["${data.aws_iam_policy_document.nodes_first.json}"]
    document["override_policy_documents"] = [json.dumps(_policy({"statement": rest[-1:]}))]
    document["statement"] = rest


@rewrite
def managed_policies_looked_up(stacks: Stacks) -> None:
    """AWS's own policies are attached by a data source that finds them."""
    for name, body in stacks.named("live", "aws_iam_role_policy_attachment").items():
        if name.startswith("nodes_"):
            stacks.add("live", "data.aws_iam_policy", name, {"arn": body["policy_arn"]})
            body["policy_arn"] = f"${{data.aws_iam_policy.{name}.arn}}"


@rewrite
def account_by_its_number(stacks: Stacks) -> None:
    """A key's policy names the account by its number, as the console does."""
    for stack in ("account", "live"):
        for document in stacks.named(stack, "data.aws_iam_policy_document").values():
            for statement in document["statement"]:
                for principal in statement.get("principals", []):
                    if principal["identifiers"] == ["arn:aws:iam::111122223333:root"]:
                        principal["identifiers"] = ["111122223333"]


@rewrite
def options_of_the_token_in_one_word(stacks: Stacks) -> None:
    """The AWS command line takes an option and its value with a sign between."""
    for provider in stacks["live-workloads"]["provider"]["kubernetes"]:
        provider["exec"][0]["args"] = ["eks", "get-token", "--cluster-name=live", "--region=eu-west-2"]
