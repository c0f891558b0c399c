"""Ways to leave a secret lying about (B09, B10, B17)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation

# Written in two parts, so that no scanner of this repository takes them for real.
_HOOK = "https://hooks.slack.com/" + "services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"


@violation(kills="B09-no-literal-secret", names="helm_release.monitoring")
def hook_in_the_values(stacks: Stacks) -> None:
    """The alerts' web hook, in the values: whoever has it can write to the channel."""
    values = stacks.local("live-workloads", "monitoring_values")
    values.setdefault("commonAnnotations", {})["runbook"] = _HOOK
    stacks["live-workloads"]["resource"]["helm_release"]["monitoring"]["values"] = [
        "${jsonencode(local.monitoring_values)}"
    ]


@violation(kills="B09-no-literal-secret", names="helm_release.kuberos")
def password_in_the_values(stacks: Stacks) -> None:
    """A client secret among the values, under a name that says so."""
    stacks.local("live-workloads", "kuberos_values")["oidc"]["sessionSecret"] = "correct-horse-battery"


@violation(kills="B09-no-literal-secret", names="output.value.key")
def key_in_an_output(stacks: Stacks) -> None:
    """An access key in an output's value."""
    stacks["account"]["output"]["key"] = {"value": _KEY}


@violation(kills="B09-no-literal-secret", names="output.value.password")
def sensitive_output(stacks: Stacks) -> None:
    """Sensitive hides it on the screen, not in the state."""
    stacks["live"]["output"]["password"] = {"value": "${aws_eks_cluster.cluster.endpoint}", "sensitive": True}


@violation(kills="B09-no-literal-secret", names="aws_launch_template.main_template")
def key_in_a_description(stacks: Stacks) -> None:
    """An access key where nobody looks for one."""
    stacks.one("live", "aws_launch_template", "main_template")["description"] = f"made with {_KEY}"


@violation(kills="B09-no-literal-secret", names="helm_release.fluent-bit")
def set_sensitive(stacks: Stacks) -> None:
    """set_sensitive hides a value on the screen and keeps it in the state."""
    release = stacks.one("live-workloads", "helm_release", "fluent-bit")
    release["set_sensitive"] = [{"name": "podAnnotations.note", "value": "x"}]


@violation(kills="B10-no-secret-in-state")
def secret_of_terraform(stacks: Stacks) -> None:
    """Terraform makes a password, and its state keeps it."""
    stacks.add("live", "random_password", "admin", {"length": 32})


@violation(kills="B10-no-secret-in-state", names="kubernetes_secret_v1.monitoring_grafana_secret")
def secret_not_write_only(stacks: Stacks) -> None:
    """`data` in place of `data_wo`: the same Secret, and a copy in the state."""
    secret = stacks.one("live-workloads", "kubernetes_secret_v1", "monitoring_grafana_secret")
    secret.pop("data_wo_revision")
    secret["data"] = {"client-secret": "${data.aws_ssm_parameter.monitoring_client_id.insecure_value}"}
    secret.pop("data_wo")


@violation(kills="B10-no-secret-in-state", also=("X16-recorded-values",), names="helm_release.fluent-bit")
def parameter_decrypted(stacks: Stacks) -> None:
    """A data source decrypts a parameter into the state, and a release takes it from there."""
    stacks.add("live-workloads", "data.aws_ssm_parameter", "hook", {"name": "/cloud-platform/live/hook"})
    release = stacks.one("live-workloads", "helm_release", "fluent-bit")
    release["set"] = [{"name": "podAnnotations.note", "value": "${data.aws_ssm_parameter.hook.value}"}]


@violation(kills="B10-no-secret-in-state", names="aws_ssm_parameter.secret")
def secret_handed_over(stacks: Stacks) -> None:
    """The client's secret is copied to a parameter by Terraform, and stays in two states."""
    body = {
        "name": "/cloud-platform/live/auth0/copy",
        "type": "SecureString",
        "value": "${auth0_client_credentials.kubernetes_client_credentials.client_secret}",
    }
    stacks.add("live-login", "aws_ssm_parameter", "secret", body)


@violation(kills="B17-no-token-secret")
def token_that_never_ends(stacks: Stacks) -> None:
    """CI's service account gets a token for ever, as it had before."""
    body = {
        "metadata": {
            "name": "ci-token",
            "namespace": "kube-system",
            "annotations": {"kubernetes.io/service-account.name": "concourse-build-environments"},
        },
        "type": "kubernetes.io/service-account-token",
        "wait_for_service_account_token": True,
    }
    stacks.add("live-workloads", "kubernetes_secret_v1", "ci-token", body)


@violation(kills="B17-no-token-secret", names="helm_release.instance-metadata_policy")
def token_in_the_objects_chart(stacks: Stacks) -> None:
    """The same Secret among the objects of a chart, where no resource type tells of it."""
    stacks.local("live-workloads", "instance-metadata_policy_values")["objects"].append(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "ci-token", "namespace": "kube-system"},
            "type": "kubernetes.io/service-account-token",
        }
    )


@violation(kills="B10-no-secret-in-state", names="aws_ssm_parameter.secret")
def secret_of_somebodys_choice(stacks: Stacks) -> None:
    """A stack writes the parameter from which others open the client's secret: whoever planned it knows the secret."""
    name = "/cloud-platform/live/auth0/kubernetes-client-secret"
    body = {"name": name, "type": "String", "value_wo": "known", "value_wo_version": 1, "overwrite": True}
    stacks.add("account", "aws_ssm_parameter", "secret", body)


@violation(kills="B17-no-token-secret", names="kubernetes_secret_v1.release")
def release_of_somebodys_own(stacks: Stacks) -> None:
    """A Secret that Helm takes for the newest release of the guard: the next upgrade starts from it."""
    metadata = {"name": "sh.helm.release.v1.privileged-pods.v99", "namespace": "kube-system"}
    body = {"metadata": metadata, "type": "helm.sh/release.v1", "data_wo": {"release": "${ephemeral.x.y.value}"}}
    stacks.add("live-workloads", "kubernetes_secret_v1", "release", {**body, "data_wo_revision": 1})
