"""Kubernetes's own servers on loopback, with the login that an emitted identity provider config describes."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import toolchain
from tests.live.auth0 import Auth0
from tests.live.certificates import LOOPBACK, Authority, Pair, write_signing_key
from tests.live.client import Client
from tests.live.processes import Processes, free_ports

CLIENT_ID = "client-id-that-auth0-gave"
"""Stands for the ID that the emitted config reads from a parameter."""


@dataclass(frozen=True)
class Servers:
    """A control plane that serves."""

    admin: Client
    """`system:masters`: nothing but admission stands in its way."""
    auth0: Auth0
    authority: Authority
    administrator: Pair
    seconds: float
    """From nothing to ready."""

    @property
    def address(self) -> str:
        """Address of the API server."""
        return f"https://{LOOPBACK}:{self.admin.port}"

    def connection(self) -> dict[str, str]:
        """How a Terraform provider reaches the API server, as the administrator."""
        return {
            "host": self.address,
            "cluster_ca_certificate": self.authority.certificate.read_text(),
            "client_certificate": self.administrator.certificate.read_text(),
            "client_key": self.administrator.key.read_text(),
        }


def authentication_configuration(oidc: dict[str, Any], auth0: Auth0, authority: Path) -> dict[str, Any]:
    """What EKS configures for an `oidc` block of `aws_eks_identity_provider_config`.

    As EKS documents it ("Grant users access to Kubernetes with an external OIDC provider"): the username claim is
    `sub` unless named, and a claim other than `email` is prefixed by `<issuer>#` unless a prefix is named, `-` being
    none; groups have no prefix unless named.
    """
    username = oidc.get("username_claim", "sub")
    prefix = oidc.get("username_prefix", "" if username == "email" else f"{oidc['issuer_url']}#")
    mappings: dict[str, Any] = {"username": {"claim": username, "prefix": "" if prefix == "-" else prefix}}
    if "groups_claim" in oidc:
        mappings["groups"] = {"claim": oidc["groups_claim"], "prefix": oidc.get("groups_prefix", "")}
    required = oidc.get("required_claims", {})
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "jwt": [
            {
                "issuer": {
                    "url": oidc["issuer_url"],
                    "discoveryURL": auth0.discovery,
                    "audiences": [CLIENT_ID],
                    "certificateAuthority": authority.read_text(),
                },
                "claimMappings": mappings,
                "claimValidationRules": [
                    {"claim": claim, "requiredValue": value} for claim, value in sorted(required.items())
                ],
            }
        ],
    }


def kubeconfig(path: Path, address: str, authority: Path, user: Pair) -> Path:
    """Write the file with which a server finds the API server."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": address, "certificate-authority": str(authority)}}],
        "users": [{"name": "u", "user": {"client-certificate": str(user.certificate), "client-key": str(user.key)}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(json.dumps(document))
    return path


@contextmanager
def running(oidc: dict[str, Any]) -> Iterator[Servers]:
    """Start etcd, API server, controller manager and scheduler; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="live-"))
    processes = Processes(folder)
    authority = Authority(folder / "certificates")
    auth0 = Auth0(oidc["issuer_url"], authority)
    try:
        yield _start(folder, processes, authority, auth0, oidc)
    finally:
        processes.stop()
        auth0.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, processes: Processes, authority: Authority, auth0: Auth0, oidc: dict[str, Any]) -> Servers:
    began = time.monotonic()
    store, peer, port = free_ports(3)
    tool = {name: _located(name) for name in toolchain.CONTROL_PLANE}
    signing_key = write_signing_key(folder / "service-accounts.key")
    administrator = authority.client("administrator", "system:masters")
    admin = Client(port, authority.certificate, certificate=administrator)
    configuration = folder / "authentication.json"
    configuration.write_text(json.dumps(authentication_configuration(oidc, auth0, authority.certificate)))
    processes.start(_etcd(tool["etcd"], folder, store, peer))
    processes.start(
        [
            *_api_server(tool["kube-apiserver"], folder, authority, signing_key),
            f"--etcd-servers=http://{LOOPBACK}:{store}",
            f"--secure-port={port}",
            f"--authentication-config={configuration}",
        ]
    )
    processes.wait_until(admin.is_ready, "kube-apiserver")
    address = f"https://{LOOPBACK}:{port}"
    for name, user in (
        ("kube-controller-manager", "system:kube-controller-manager"),
        ("kube-scheduler", "system:kube-scheduler"),
    ):
        config = kubeconfig(folder / f"{name}.config", address, authority.certificate, authority.client(user))
        arguments = [f"--kubeconfig={config}", "--leader-elect=false", "--secure-port=0"]
        arguments += ["--kube-api-qps=500", "--kube-api-burst=1000"]
        if name == "kube-controller-manager":
            arguments += _controllers(authority, signing_key)
        processes.start([tool[name], *arguments])
    default_account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    processes.wait_until(lambda: admin.get(default_account).ok, "kube-controller-manager")
    return Servers(admin, auth0, authority, administrator, time.monotonic() - began)


def _located(name: str) -> Path:
    found = toolchain.locate(name)
    assert found, f"{name} is not built"
    return found


def _etcd(program: Path, folder: Path, store: int, peer: int) -> list[str | Path]:
    return [
        program,
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://{LOOPBACK}:{store}",
        f"--advertise-client-urls=http://{LOOPBACK}:{store}",
        f"--listen-peer-urls=http://{LOOPBACK}:{peer}",
        "--unsafe-no-fsync",
    ]


def _api_server(program: Path, folder: Path, authority: Authority, signing_key: Path) -> list[str | Path]:
    serving = authority.server("kube-apiserver")
    return [
        program,
        f"--bind-address={LOOPBACK}",
        f"--cert-dir={folder / 'certificates'}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={signing_key}",
        f"--service-account-signing-key-file={signing_key}",
        "--service-cluster-ip-range=10.100.0.0/16",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
    ]


def _controllers(authority: Authority, signing_key: Path) -> list[str]:
    return [
        "--use-service-account-credentials",
        f"--service-account-private-key-file={signing_key}",
        f"--root-ca-file={authority.certificate}",
        # No kubelet renews a node's lease here.
        "--node-monitor-grace-period=6h",
    ]
