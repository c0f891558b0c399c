"""D16: terminals on nodes are opened by Session Manager, with each person's own credentials, and logged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies import parameters
from policies.engine import Cluster, Finding, Presence, control
from policies.engine.attribute import Attribute
from policies.engine.iam import attachments
from policies.engine.resource import Resource
from policies.engine.values import show
from policies.log_groups import encrypted_log_group
from policies.session_policies import kept_away, opened, tags

_ADR = "Node terminal access"
_KEYS = (
    "aws_key_pair",
    "data.aws_key_pair",
    "aws_ec2_instance_connect_endpoint",
    "aws_ec2_serial_console_access",
    "tls_private_key",
    "aws_transfer_server",
    "aws_ec2_client_vpn_endpoint",
)
_SHELL = re.compile(r"(?:(?:exec )?(?:/usr)?(?:/bin/)?(?:ba|z)?sh(?: -l)?)?")
_WIDE = ("AmazonSSMFullAccess", "AmazonEC2RoleforSSM", "AmazonSSMAutomationRole", "EC2InstanceConnect")


_OWN = f"arn:aws:ssm:{parameters.REGION}:{parameters.ACCOUNT}"
_PARAMETERS = tuple(f"{_OWN}:parameter/{name}" for name in ("a", "z/0"))
"""Parameters that have nothing in common."""


@control(
    id="D16-agent-may-connect",
    title="Session Manager's agent may connect from every node",
    severity="medium",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Attach AmazonSSMManagedInstanceCore to the nodes' role, and nothing wider for SSM.",
    references=(
        _ADR,
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html",
    ),
)
def agent_may_connect(cluster: Cluster) -> Iterator[Finding]:
    """The role of each group holds the policy that the agent needs."""
    roles = {id(each.resource): each for each in cluster.roles()}
    for group in cluster.node_groups():
        role = roles.get(id(group.role))
        if role is None:
            yield group.resource.finding("has no role of this stack", expected="an aws_iam_role")
        elif parameters.SESSION_POLICY not in role.managed_arns:
            yield role.finding(
                "does not let the agent connect", found=role.managed_arns, expected=parameters.SESSION_POLICY
            )


@control(
    id="D16-no-keys",
    title="No key, public address or other way in leads to a node",
    severity="critical",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_launch_template"),),
    remediation="Remove key pairs, remote_access, instance connect endpoints and public addresses.",
    checkov=("CKV_AWS_100", "CKV_AWS_88"),
    references=(_ADR,),
)
def no_keys(estate: Cluster) -> Iterator[Finding]:
    """Nobody shares a key, and no node can be reached from outside."""
    yield from estate.none_of(*_KEYS, why="terminals are opened by Session Manager")
    for address in estate.resources("aws_eip"):
        for key in ("instance", "network_interface", "associate_with_private_ip"):
            yield from address[key].must_be_absent("it may be a node's")
    for group in estate.resources("aws_eks_node_group"):
        yield from group["remote_access"].must_be_absent("it opens port 22 to a shared key")
    for template in estate.resources("aws_launch_template"):
        yield from template["key_name"].must_be_absent("it is a shared key")
        interfaces = template["network_interfaces"].blocks()
        if not interfaces:
            yield template.finding(
                "leaves it to the subnet whether nodes get public addresses", expected="a network interface"
            )
        for interface in interfaces:
            yield from interface["associate_public_ip_address"].must_be(False)
            for key in ("ipv6_address_count", "ipv6_addresses", "ipv6_prefix_count", "ipv6_prefixes"):
                yield from interface[key].must_be_absent("each address of IPv6 is a public one")
            yield from interface["associate_carrier_ip_address"].must_be_one_of((None, False))


@control(
    id="D16-no-login-port",
    title="No security group admits SSH or RDP from elsewhere",
    severity="critical",
    scope="estate",
    reads=("cluster", "account"),
    presence=(Presence("aws_eks_cluster"),),
    remediation="Remove the rule; Session Manager needs no open port.",
    checkov=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260"),
    references=(_ADR,),
)
def no_login_port(estate: Cluster) -> Iterator[Finding]:
    """No rule of whatever form, port range or protocol covers port 22 or 3389, unless from the group itself."""
    for rule in estate.network_rules():
        covered = [port for port in parameters.LOGIN_PORTS if rule.covers(port)]
        if rule.direction == "ingress" and covered and not rule.only_itself:
            yield rule.finding(
                f"admits {covered}", found=[*rule.cidrs, *rule.groups, *rule.prefix_lists], expected="none"
            )


@control(
    id="D16-sessions-logged",
    title="Every session is encrypted, bounded in time and written to a log that is kept",
    severity="high",
    scope="shared",
    reads=("account",),
    presence=(Presence("aws_ssm_document", 1),),
    remediation="Declare SSM-SessionManagerRunShell with CloudWatch streaming, its encrypted log group, a key and time limits.",
    references=(_ADR, "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html"),
)
def sessions_logged(shared: Cluster) -> Iterator[Finding]:
    """The account's session preferences stream each session to an encrypted log group kept for a year or more."""
    found = [
        each for each in shared.resources("aws_ssm_document") if each["name"].text() == parameters.SESSION_DOCUMENT
    ]
    for other in shared.estate.resources("aws_ssm_document"):
        if other not in found and other["document_type"].text() == "Session":
            yield other.finding("opens sessions by preferences of its own", expected=parameters.SESSION_DOCUMENT)
    if len(found) != 1:
        yield shared.finding(f"{len(found)} documents {parameters.SESSION_DOCUMENT} found", expected="one")
    for document in found:
        yield from document["document_type"].must_be("Session")
        preferences = document["content"].json()
        yield from preferences["sessionType"].must_be("Standard_Stream")
        yield from _preferences(preferences["inputs"], document)


def _preferences(inputs: Attribute, document: Resource) -> Iterator[Finding]:
    yield from inputs["cloudWatchEncryptionEnabled"].must_be(True)
    yield from inputs["cloudWatchStreamingEnabled"].must_be(True)
    yield from inputs["idleSessionTimeout"].must_be_between(1, parameters.LONGEST_IDLE)
    yield from inputs["maxSessionDuration"].must_be_between(1, parameters.LONGEST_SESSION)
    yield from inputs["runAsEnabled"].must_be_one_of((None, False))
    for _, profile in inputs["shellProfile"].items():
        if not _SHELL.fullmatch(profile.text() or ""):
            yield profile.finding("runs at the start of each session", expected="a shell")
    if not inputs["kmsKeyId"].follow("aws_kms_key"):
        yield inputs["kmsKeyId"].finding("is no key of this stack", expected="an aws_kms_key")
    groups = inputs["cloudWatchLogGroupName"].follow("aws_cloudwatch_log_group")
    if len(groups) != 1:
        yield document.finding("streams to no log group of this stack", expected="an aws_cloudwatch_log_group")
    for group in groups:
        yield from group["retention_in_days"].must_be_one_of(parameters.LOG_RETENTIONS)
        yield from group["skip_destroy"].must_be_one_of((True, False))
        yield from encrypted_log_group(group)


@control(
    id="D16-own-credentials",
    title="People open sessions on the fleet's nodes only, and end only their own",
    severity="high",
    scope="estate",
    reads=("account", "cluster"),
    presence=(Presence("aws_iam_policy"),),
    remediation="Bind ssm:StartSession to tagged instances and the document, the rest to the user's own sessions; allow no SendCommand.",
    references=(
        _ADR,
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html",
    ),
)
def own_credentials(estate: Cluster) -> Iterator[Finding]:
    """No policy opens nodes without a trace, all instances at once, or the sessions of others."""
    for policy in estate.policies():
        for statement in policy.statements:
            yield from opened(policy, statement)
    for role in estate.roles():
        for arn in role.managed_arns:
            if any(each in arn for each in _WIDE):
                yield role.finding(
                    "holds a policy that opens every instance", found=arn, expected=parameters.SESSION_POLICY
                )
    for stack in estate.stacks:
        for resource, attached in attachments(stack):
            given = resource.type not in ("aws_iam_role", "aws_iam_role_policy_attachment")
            if given and any(each in str(show(attached.node)) for each in _WIDE):
                yield attached.finding("opens every instance", expected=parameters.SESSION_POLICY)


@control(
    id="D16-team-gets-in",
    title="The platform's team can open a session on every node of the fleet",
    severity="medium",
    scope="estate",
    reads=("account", "cluster"),
    presence=(Presence("aws_iam_policy"), Presence("aws_launch_template")),
    remediation="Tag each node with its cluster's name, and allow ssm:StartSession by that tag and with the account's document.",
    references=(
        _ADR,
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html",
    ),
)
def team_gets_in(estate: Cluster) -> Iterator[Finding]:
    """Where sessions do not open, the next incident brings back keys and a bastion."""
    teams = [each for each in estate.policies() if each.resource.type == "aws_iam_policy"]
    yield from kept_away(teams)
    statements = [each for policy in teams for each in policy.statements if each.grants("ssm:StartSession")]
    if not any(
        fnmatchcase(f"{_OWN}:document/{parameters.SESSION_DOCUMENT}", arn)
        for each in statements
        for arn in each.resources
    ):
        yield estate.finding("no policy of a team allows sessions by the account's document", expected="one")
    allowed = {
        value
        for each in statements
        if any(fnmatchcase(f"{_OWN.replace(':ssm:', ':ec2:')}:instance/i-0", arn) for arn in each.resources)
        for value in tags(each)
    }
    for group in estate.resources("aws_eks_node_group"):
        block = group["launch_template"]
        for template in (*block["id"].follow("aws_launch_template"), *block["name"].follow("aws_launch_template")):
            given = [
                each["tags"].at(parameters.CLUSTER_TAG).text()
                for each in template["tag_specifications"].blocks()
                if each["resource_type"].text() == "instance"
            ]
            if not given or not all(any(fnmatchcase(tag or "", each) for each in allowed) for tag in given):
                yield template.finding(
                    "makes nodes on which no policy opens a session", found=given, expected=sorted(allowed)
                )


@control(
    id="D16-no-secrets-for-nodes",
    title="Nodes cannot read parameters, though the agent's policy allows it",
    severity="high",
    reads=("cluster",),
    presence=(Presence("aws_eks_node_group"),),
    remediation="Deny the nodes' role ssm:GetParameter and its kin on every parameter of the account.",
    references=(
        _ADR,
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html",
    ),
)
def no_secrets_for_nodes(cluster: Cluster) -> Iterator[Finding]:
    """AmazonSSMManagedInstanceCore reads all parameters, where the secrets of login lie; a deny outweighs it."""
    roles = {id(each.resource): each for each in cluster.roles()}
    for role in {
        id(each.role): roles[id(each.role)] for each in cluster.node_groups() if id(each.role) in roles
    }.values():
        denied = {
            action
            for policy in role.documents
            for statement in policy.statements
            if statement.effect == "Deny" and not statement.conditions
            if any(all(fnmatchcase(arn, each) for arn in _PARAMETERS) for each in statement.resources)
            for action in parameters.PARAMETER_READS
            if any(fnmatchcase(action.lower(), each.lower()) for each in statement.actions)
        }
        if missing := sorted(set(parameters.PARAMETER_READS) - denied):
            yield role.finding(f"is not denied {missing}", found=sorted(denied), expected="a Deny on parameter/*")
