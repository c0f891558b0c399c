"""A thin client of the Kubernetes API, so that a test sees status, reason and warnings as the server gave them."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.live.certificates import LOOPBACK, Pair

Json = Any
T = TypeVar("T")
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True)
class Answer:
    """What the API server said."""

    status: int
    body: Json
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked."""
        return self.status < 300

    @property
    def message(self) -> str:
        """Why it did not."""
        return str(self.body.get("message", "") if isinstance(self.body, dict) else self.body)

    def or_raise(self) -> Json:
        """The object; raises AssertionError with the server's words where it refused."""
        assert self.ok, f"{self.status}: {self.message}"
        return self.body


@dataclass(frozen=True)
class Kind:
    """Where the objects of one kind are."""

    prefix: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The address of a collection, an object or a part of it."""
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return "/".join([f"{self.prefix}{inside}/{self.plural}", *(each for each in (name, subresource) if each)])


@dataclass
class _Discovered:
    kinds: dict[tuple[str, str], Kind] = field(default_factory=dict)


class Client:
    """One user's view of one API server."""

    def __init__(
        self,
        port: int,
        authority: Path,
        *,
        certificate: Pair | None = None,
        token: str | None = None,
        discovered: _Discovered | None = None,
    ) -> None:
        self.port = port
        self.authority = authority
        self._context = ssl.create_default_context(cafile=str(authority))
        if certificate:
            self._context.load_cert_chain(certificate.certificate, certificate.key)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._local = threading.local()
        self._discovered = discovered or _Discovered()

    def as_token(self, token: str) -> Client:
        """The same server for the bearer of a token."""
        return Client(self.port, self.authority, token=token, discovered=self._discovered)

    def as_certificate(self, certificate: Pair) -> Client:
        """The same server for the holder of a client certificate."""
        return Client(self.port, self.authority, certificate=certificate, discovered=self._discovered)

    def request(
        self, method: str, path: str, body: Json = None, *, content: str = "application/json", accept: str = ""
    ) -> Answer:
        """Ask once, over a connection that is kept."""
        headers = {**self._headers, "Content-Type": content, "Accept": accept or "application/json"}
        data = None if body is None else json.dumps(body)
        try:
            response = self._send(method, path, data, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            response = self._send(method, path, data, headers)
        raw = response.read()
        try:
            decoded = json.loads(raw) if raw else {}
        except ValueError:
            decoded = raw.decode(errors="replace")
        return Answer(response.status, decoded, tuple(response.headers.get_all("Warning") or ()))

    def _send(self, method: str, path: str, data: str | None, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        connection: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(LOOPBACK, self.port, context=self._context, timeout=30)
            self._local.connection = connection
        try:
            connection.request(method, path, body=data, headers=dict(headers))
            return connection.getresponse()
        except (OSError, http.client.HTTPException):
            self._local.connection = None
            connection.close()
            raise

    def is_ready(self) -> bool:
        """Whether the server serves."""
        try:
            return self.request("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def kind(self, api_version: str, name: str) -> Kind:
        """Where objects of a kind are; raises AssertionError for a kind that the server does not know."""
        if (api_version, name) not in self._discovered.kinds:
            self._discover()
        found = self._discovered.kinds.get((api_version, name))
        assert found, f"the server knows no {api_version} {name}"
        return found

    def kinds(self) -> dict[str, Kind]:
        """Where objects of each kind are that the server knows now, by group and kind, in one version of the group."""
        self._discover()
        return {
            f"{api_version.rpartition('/')[0]}/{name}": kind
            for (api_version, name), kind in self._discovered.kinds.items()
        }

    def _discover(self) -> None:
        for root in ("/api", "/apis"):
            self._read(root, self.request("GET", root, accept=_DISCOVERY).or_raise())

    def _read(self, root: str, document: Json) -> None:
        for group in document["items"]:
            group_name = group["metadata"].get("name", "")
            for version in group["versions"]:
                api_version = f"{group_name}/{version['version']}" if group_name else version["version"]
                for each in version.get("resources", []):
                    kind = Kind(f"{root}/{api_version}", each["resource"], each["scope"] == "Namespaced")
                    self._discovered.kinds[api_version, each["responseKind"]["kind"]] = kind

    def path(self, manifest: Json, *, named: bool = True, subresource: str | None = None) -> str:
        """The address of an object, or of the collection it belongs to."""
        metadata = manifest["metadata"]
        kind = self.kind(manifest["apiVersion"], manifest["kind"])
        namespace = metadata.get("namespace", "default") if kind.namespaced else None
        return kind.path(namespace, metadata.get("name") if named else None, subresource)

    def create(self, manifest: Json, *, dry_run: bool = False) -> Answer:
        """Create an object, unknown fields refused."""
        return self.request("POST", self.path(manifest, named=False) + _query(dry_run=dry_run), manifest)

    def apply(self, manifest: Json, *, dry_run: bool = False, manager: str = "Terraform") -> Answer:
        """Apply an object on the server's side, unknown fields refused."""
        query = _query(dry_run=dry_run, fieldManager=manager, force="true")
        return self.request("PATCH", self.path(manifest) + query, manifest, content=APPLY)

    def get(self, manifest: Json) -> Answer:
        """Read the object of that kind and name."""
        return self.request("GET", self.path(manifest))

    def delete(self, manifest: Json, *, now: bool = False) -> Answer:
        """Delete the object of that kind and name, `now` without waiting for its containers."""
        return self.request("DELETE", self.path(manifest), {"gracePeriodSeconds": 0} if now else None)

    def patch(self, manifest: Json, change: Json, *, content: str = MERGE, subresource: str | None = None) -> Answer:
        """Merge `change` into the object of that kind and name."""
        return self.request("PATCH", self.path(manifest, subresource=subresource), change, content=content)

    def items(self, path: str) -> list[Json]:
        """The objects of a collection."""
        return list(self.request("GET", path).or_raise()["items"])


def _query(*, dry_run: bool, **more: str) -> str:
    return "?" + urlencode({"fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {}), **more})


def eventually(ask: Callable[[], T], good: Callable[[T], bool] = bool, *, seconds: float = 20) -> T:
    """Ask until the answer is good, often at first; raises AssertionError with the last one after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        answer = ask()
        if good(answer):
            return answer
        assert time.monotonic() < deadline, f"still {str(answer)[:1500]} after {seconds} s"
        time.sleep(pause)
        pause = min(2 * pause, 0.25)
