"""A Kubernetes API without an object in it: what a Helm plan asks before anything is released."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.sandbox.certificate import Certificate

TOKEN: Final = {
    "kind": "ExecCredential",
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "spec": {},
    "status": {"token": "sandbox"},
}


@dataclass(frozen=True)
class EmptyKubernetes:
    """Where it listens, the certificate to trust, and a folder with an `aws` that hands out tokens for it."""

    endpoint: str
    certificate: Certificate
    programs: Path


@contextmanager
def empty_kubernetes(version: str) -> Iterator[EmptyKubernetes]:
    """Serve an empty cluster of Kubernetes `version`, such as 1.35, on loopback."""
    major, _, minor = version.partition(".")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            status = 200
            answer: dict[str, object] = {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": []}
            if path == "/version":
                answer = {"major": major, "minor": minor, "gitVersion": f"v{version}.0"}
            elif not path.endswith("/secrets"):
                status = 404
                answer = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    certificate = Certificate.of("127.0.0.1")
    with TemporaryDirectory() as folder:
        pem, programs = Path(folder) / "server.pem", Path(folder) / "bin"
        pem.write_bytes(certificate.key + certificate.pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        programs.mkdir()
        (programs / "aws").write_text(f"#!/bin/sh\necho '{json.dumps(TOKEN)}'\n")
        (programs / "aws").chmod(0o755)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield EmptyKubernetes(f"https://127.0.0.1:{server.server_port}", certificate, programs)
        finally:
            server.shutdown()
            server.server_close()
