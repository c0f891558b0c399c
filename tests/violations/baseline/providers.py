"""Ways to reach the wrong place, or to lose the state (B05, B06, B07, B18)."""

from __future__ import annotations

from typing import Any

from tests.violations.catalogue import Stacks, violation


def _aws(stacks: Stacks, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stacks[name]["provider"]["aws"][0]
    return found


def _backend(stacks: Stacks, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stacks[name]["terraform"]["backend"]["s3"]
    return found


@violation(kills="B05-default-tags", names="provider.aws")
def no_owner(stacks: Stacks) -> None:
    """One tag is missing in one stack: what it makes belongs to nobody."""
    del _aws(stacks, "test-workloads")["default_tags"][0]["tags"]["owner"]


@violation(kills="B05-default-tags", names="provider.aws")
def empty_tag(stacks: Stacks) -> None:
    """The key is there, its value is empty."""
    _aws(stacks, "live")["default_tags"][0]["tags"]["business-unit"] = ""


@violation(kills="B06-own-account", names="provider.aws")
def any_account(stacks: Stacks) -> None:
    """With the wrong credentials the apply builds the cluster somewhere else."""
    del _aws(stacks, "live")["allowed_account_ids"]


@violation(kills="B06-own-account", names="provider.aws")
def one_more_account(stacks: Stacks) -> None:
    """A second account is allowed, "for the migration"."""
    _aws(stacks, "account")["allowed_account_ids"].append("444455556666")


@violation(kills="B06-own-account", names="provider.aws")
def configuration_that_runs_a_program(stacks: Stacks) -> None:
    """A file of settings beside the code may name a program that yields credentials: it runs at each plan."""
    _aws(stacks, "live")["shared_config_files"] = ["./aws.ini"]


@violation(kills="B06-own-account", names="provider.aws")
def by_way_of_a_proxy(stacks: Stacks) -> None:
    """Each request to AWS passes a host of somebody's."""
    _aws(stacks, "live-workloads")["https_proxy"] = "http://proxy.example.com:3128"


@violation(kills="B06-own-account", names="provider.aws")
def as_somebody_else(stacks: Stacks) -> None:
    """Whoever may plan acts as another role of the account."""
    _aws(stacks, "live")["assume_role"] = [{"role_arn": "arn:aws:iam::111122223333:role/administrator"}]


@violation(kills="B06-own-account", names="provider.aws")
def credentials_in_the_code(stacks: Stacks) -> None:
    """A profile of somebody's machine."""
    _aws(stacks, "live")["profile"] = "admin"


@violation(kills="B06-own-account", names="provider.aws")
def endpoint_of_its_own(stacks: Stacks) -> None:
    """Requests for KMS go to another address."""
    _aws(stacks, "live")["endpoints"] = [{"kms": "https://kms.example.org"}]


@violation(kills="B07-state", layers=("synth",), names="backend")
def state_in_the_clear(stacks: Stacks) -> None:
    """The state is not encrypted."""
    _backend(stacks, "live")["encrypt"] = False


@violation(kills="B07-state", layers=("synth",), names="backend")
def state_without_lock(stacks: Stacks) -> None:
    """Two applies at once write over each other."""
    del _backend(stacks, "live-workloads")["use_lockfile"]


@violation(kills="B07-state", layers=("synth",), names="backend")
def state_of_another_stack(stacks: Stacks) -> None:
    """A copied key: the next apply of test destroys live."""
    _backend(stacks, "test")["key"] = _backend(stacks, "live")["key"]


@violation(kills="B07-state", layers=("synth",), names="stack identity")
def state_on_a_disk(stacks: Stacks) -> None:
    """The state lies on the disk of whoever applied last."""
    stacks["identity"]["terraform"]["backend"] = {"local": {"path": "terraform.tfstate"}}


@violation(kills="B18-tls-verified", names="provider.kubernetes")
def certificate_not_verified(stacks: Stacks) -> None:
    """Whoever answers is believed."""
    stacks["live-workloads"]["provider"]["kubernetes"][0]["insecure"] = True


@violation(kills="B18-tls-verified", names="provider.helm")
def authority_left_out(stacks: Stacks) -> None:
    """Without the cluster's authority the machine's own list of hundreds decides."""
    del stacks["live-workloads"]["provider"]["helm"][0]["kubernetes"]["cluster_ca_certificate"]


@violation(kills="B18-tls-verified", names="provider.helm")
def through_a_proxy(stacks: Stacks) -> None:
    """Every Secret of every release passes a proxy."""
    stacks["live-workloads"]["provider"]["helm"][0]["kubernetes"]["proxy_url"] = "http://proxy.example.org:3128"


@violation(kills="B18-tls-verified", names="provider.kubernetes")
def kubeconfig_of_a_machine(stacks: Stacks) -> None:
    """Whatever cluster somebody's kubeconfig happens to name."""
    stacks["live-workloads"]["provider"]["kubernetes"][0]["config_path"] = "~/.kube/config"


@violation(kills="B18-tls-verified", names="provider.auth0")
def another_tenant(stacks: Stacks) -> None:
    """The Auth0 provider speaks to another tenant."""
    stacks["identity"]["provider"]["auth0"][0]["domain"] = "somebody.eu.auth0.com"


@violation(kills="B07-state", names="backend.s3", layers=("synth",))
def state_at_another_address(stacks: Stacks) -> None:
    """The state is encrypted, locked and sent to a server of somebody's."""
    _backend(stacks, "live")["endpoints"] = {"s3": "https://s3.example.com"}


@violation(kills="B18-tls-verified", names="provider.helm")
def plugins_of_helm(stacks: Stacks) -> None:
    """A folder of plugins, which Helm runs."""
    stacks["live-workloads"]["provider"]["helm"][0]["plugins_path"] = "./plugins"
