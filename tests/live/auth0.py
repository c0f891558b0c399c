"""An Auth0 tenant on loopback: the issuer of the ID tokens that the API server is told to trust."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.live.certificates import LOOPBACK, Authority

KEY_ID = "the-key-of-the-tenant"


class Auth0:
    """Signs ID tokens as the tenant `issuer` does and serves its keys at another address."""

    def __init__(self, issuer: str, authority: Authority) -> None:
        self.issuer = issuer
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pair = authority.server("auth0")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"https://{LOOPBACK}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def discovery(self) -> str:
        """Where the API server reads the issuer's configuration."""
        return f"{self.address}/.well-known/openid-configuration"

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        tenant = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                document = tenant.document(urlsplit(self.path).path)
                body = json.dumps(document or {"error": "not found"}).encode()
                self.send_response(200 if document else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        return Handler

    def document(self, path: str) -> dict[str, Any] | None:
        """What the tenant serves at `path`."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "jwks_uri": f"{self.address}/.well-known/jwks.json",
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/oauth/token",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        if path == "/.well-known/jwks.json":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
            return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}
        return None

    def id_token(self, *, audience: str, claims: dict[str, Any], forged: bool = False) -> str:
        """An ID token for one client; `claims` add to and replace what every token holds. A forged one is not signed
        with the tenant's key.
        """
        now = int(time.time())
        standard = {"iss": self.issuer, "aud": audience, "sub": "github|583231", "iat": now, "exp": now + 3600}
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048) if forged else self._key
        return jwt.encode({**standard, **claims}, key, algorithm="RS256", headers={"kid": KEY_ID})

    def stop(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()
