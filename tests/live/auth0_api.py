"""A loopback Auth0 Management API, as far as the auth0 provider asks it for what the fleet emits.

Shapes and status codes: Auth0 Management API v2 reference ("Clients", "Client Grants", "Actions", "Tenants").
"""

from __future__ import annotations

import http.server
import itertools
import json
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.live.certificates import LOOPBACK, Authority

Json = Any
Reply = tuple[int, Json]

CLIENT_DEFAULTS: Json = {
    "is_token_endpoint_ip_header_trusted": False,
    "jwt_configuration": {"alg": "HS256", "lifetime_in_seconds": 36000, "secret_encoded": False},
    "refresh_token": {
        "expiration_type": "non-expiring",
        "idle_token_lifetime": 2592000,
        "infinite_idle_token_lifetime": True,
        "infinite_token_lifetime": True,
        "leeway": 0,
        "rotation_type": "non-rotating",
        "token_lifetime": 31557600,
    },
    "sso_disabled": False,
    "token_endpoint_auth_method": "client_secret_post",
}
"""What the API fills in for a client that does not say."""


@dataclass
class Tenant:
    """What a tenant keeps."""

    clients: dict[str, Json] = field(default_factory=dict)
    grants: dict[str, Json] = field(default_factory=dict)
    actions: dict[str, Json] = field(default_factory=dict)
    bindings: dict[str, list[Json]] = field(default_factory=dict)
    enabled: dict[str, set[str]] = field(default_factory=dict)
    """Clients by connection."""
    settings: Json = field(default_factory=lambda: {"flags": {"enable_client_connections": True}})
    unknown: list[str] = field(default_factory=list)
    """Requests that the real API may know and this one does not."""

    def is_empty(self) -> bool:
        """Whether nothing is left of what was made."""
        return not (self.clients or self.grants or self.actions or any(self.bindings.values()))


class ManagementApi:
    """Serves one tenant over HTTPS."""

    def __init__(self, authority: Authority) -> None:
        self.tenant = Tenant()
        self._numbers = itertools.count(1)
        pair = authority.server("auth0-management")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.domain = f"{LOOPBACK}:{self._server.server_address[1]}"
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Reply]]] = [
            (method, re.compile(f"/api/v2/{path}"), act)
            for method, path, act in (
                ("POST", "clients", self._create_client),
                ("GET", "clients/([^/]+)", self._get(self.tenant.clients)),
                ("PATCH", "clients/([^/]+)", self._change_client),
                ("DELETE", "clients/([^/]+)", self._delete(self.tenant.clients)),
                ("GET", "clients/([^/]+)/credentials", lambda *_: (200, [])),
                ("POST", "client-grants", self._create_grant),
                ("GET", "client-grants", self._list_grants),
                ("GET", "client-grants/([^/]+)", self._get(self.tenant.grants)),
                ("PATCH", "client-grants/([^/]+)", self._change(self.tenant.grants)),
                ("DELETE", "client-grants/([^/]+)", self._delete(self.tenant.grants)),
                ("POST", "actions/actions", self._create_action),
                ("GET", "actions/actions/([^/]+)", self._get(self.tenant.actions)),
                ("PATCH", "actions/actions/([^/]+)", self._change_action),
                ("DELETE", "actions/actions/([^/]+)", self._delete_action),
                ("POST", "actions/actions/([^/]+)/deploy", self._deploy),
                ("GET", "actions/triggers/([^/]+)/bindings", self._list_bindings),
                ("PATCH", "actions/triggers/([^/]+)/bindings", self._bind),
                ("GET", "tenants/settings", lambda *_: (200, self.tenant.settings)),
                ("PATCH", "tenants/settings", self._change_settings),
            )
        ]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def sent(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                whole = b""
                while size := int(self.rfile.readline(), 16):
                    whole += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return whole

            def answer(self) -> None:
                body = json.loads(self.sent() or b"null")
                status, reply = api.answer(self.command, self.path, body)
                data = b"" if status == 204 else json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        for method in ("GET", "POST", "PATCH", "DELETE", "PUT"):
            setattr(Handler, f"do_{method}", Handler.answer)
        return Handler

    def answer(self, method: str, address: str, body: Json) -> Reply:
        """Answer one request."""
        url = urlsplit(address)
        with self._lock:
            for wanted, pattern, act in self._routes:
                match = pattern.fullmatch(url.path)
                if match and wanted == method:
                    return act(
                        body, {key: each[0] for key, each in parse_qs(url.query).items()}, *map(unquote, match.groups())
                    )
            self.tenant.unknown.append(f"{method} {url.path}")
        return 404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}

    def _id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):024}"

    @staticmethod
    def _missing() -> Reply:
        return 404, {"statusCode": 404, "error": "Not Found", "message": "not found", "errorCode": "inexistent"}

    def _get(self, kept: dict[str, Json]) -> Callable[..., Reply]:
        return lambda _body, _query, id_: (200, _shown(kept[id_])) if id_ in kept else self._missing()

    def _delete(self, kept: dict[str, Json]) -> Callable[..., Reply]:
        return lambda _body, _query, id_: (204, None) if kept.pop(id_, None) else self._missing()

    def _change(self, kept: dict[str, Json]) -> Callable[..., Reply]:
        def change(body: Json, _query: Json, id_: str) -> Reply:
            kept[id_] |= body
            return 200, _shown(kept[id_])

        return change

    def _create_client(self, body: Json, _query: Json) -> Reply:
        id_ = self._id("client")
        made = {**CLIENT_DEFAULTS, **body, "client_id": id_, "client_secret": f"generated-{id_}", "tenant": "t"}
        self.tenant.clients[id_] = made
        return 201, made

    def _change_client(self, body: Json, _query: Json, id_: str) -> Reply:
        if id_ not in self.tenant.clients:
            return self._missing()
        self.tenant.clients[id_] |= body
        return 200, self.tenant.clients[id_]

    def _create_grant(self, body: Json, _query: Json) -> Reply:
        if body["client_id"] not in self.tenant.clients:
            return self._missing()
        id_ = self._id("cgr_")
        self.tenant.grants[id_] = {**body, "id": id_}
        return 201, self.tenant.grants[id_]

    def _list_grants(self, _body: Json, query: Json) -> Reply:
        wanted = {key: query[key] for key in ("client_id", "audience") if key in query}
        found = [each for each in self.tenant.grants.values() if wanted.items() <= each.items()]
        return 200, {"client_grants": found, "start": 0, "limit": 50, "total": len(found)}

    def _create_action(self, body: Json, _query: Json) -> Reply:
        if any(each["name"] == body["name"] for each in self.tenant.actions.values()):
            return 409, {"statusCode": 409, "error": "Conflict", "message": "an action of that name exists"}
        id_ = self._id("action-")
        self.tenant.actions[id_] = {**body, "id": id_, "status": "built", "all_changes_deployed": False}
        return 201, _shown(self.tenant.actions[id_])

    def _change_action(self, body: Json, _query: Json, id_: str) -> Reply:
        self.tenant.actions[id_] |= {**body, "all_changes_deployed": False}
        return 200, _shown(self.tenant.actions[id_])

    def _delete_action(self, body: Json, query: Json, id_: str) -> Reply:
        bound = {each["action"]["id"] for bindings in self.tenant.bindings.values() for each in bindings}
        if id_ in bound and query.get("force") != "true":
            return 409, {"statusCode": 409, "error": "Conflict", "message": "the action is bound"}
        return self._delete(self.tenant.actions)(body, query, id_)

    def _deploy(self, _body: Json, _query: Json, id_: str) -> Reply:
        action = self.tenant.actions[id_]
        version = {"id": self._id("version-"), "number": 1, "deployed": True, "status": "built", "code": action["code"]}
        action |= {"all_changes_deployed": True, "deployed_version": version}
        return 202, version

    def _list_bindings(self, _body: Json, query: Json, trigger: str) -> Reply:
        found = self.tenant.bindings.get(trigger, [])
        page, size = int(query.get("page", 0)), int(query.get("per_page", 50))
        shown = found[page * size : (page + 1) * size]
        return 200, {"bindings": shown, "start": page * size, "limit": size, "length": len(shown), "total": len(found)}

    def _bind(self, body: Json, query: Json, trigger: str) -> Reply:
        bindings = []
        for each in body["bindings"]:
            action = self.tenant.actions.get(each["ref"]["value"])
            if action is None or not action["all_changes_deployed"]:
                return 400, {"statusCode": 400, "error": "Bad Request", "message": "the action is not deployed"}
            named = {"id": self._id("binding-"), "trigger_id": trigger, "display_name": each["display_name"]}
            bindings.append({**named, "action": _shown(action)})
        self.tenant.bindings[trigger] = bindings
        return self._list_bindings(None, query, trigger)

    def _change_settings(self, body: Json, _query: Json) -> Reply:
        for key, value in body.items():
            old = self.tenant.settings.get(key)
            self.tenant.settings[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        return 200, self.tenant.settings


def _shown(kept: Json) -> Json:
    """What the API tells again: of secrets the names only."""
    if "secrets" not in kept:
        return kept
    return {**kept, "secrets": [{"name": each["name"]} for each in kept["secrets"]]}
