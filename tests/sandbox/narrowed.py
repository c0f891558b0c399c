"""Runs the AWS provider once for many runs of terraform, and tells terraform of those types alone that its stacks use.

What a run of terraform takes is nearly all the 1,500 schemas of that provider, which it makes, sends and reads anew for
each command: 3 of 4 seconds of a plan. Here a provider stands by, and a proxy before it hands on every call and every answer
as they are, but leaves out the schemas of other types (https://developer.hashicorp.com/terraform/plugin/debugging and
https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto say how).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import grpc

from tests.sandbox.companions import MODEST, die_with_parent
from tests.sandbox.server import Environment
from tests.sandbox.terraform import QUIET, REGISTRY, Providers, TerraformError, required_providers

SOURCE: Final = "hashicorp/aws"
COOKIE: Final = {"TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"}
"""Without it a provider says that it is for terraform alone."""
PROTOCOL: Final = 5
SCHEMAS: Final = f"/tfplugin{PROTOCOL}.Provider/GetSchema"
BY_TYPE: Final = (2, 3, 8)
"""The fields of its answer that are maps by type: resources, data sources, what is ephemeral."""
UNLIMITED: Final = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
CALLS_AT_ONCE: Final = 32
"""Terraform makes ten, and one to stop."""


def types_of(stacks: Iterable[Path]) -> set[str]:
    """Return the types that stacks use, whether they manage or read it."""
    contents = [json.loads((stack / "cdk.tf.json").read_text()) for stack in stacks]
    return {type_ for each in contents for block in ("resource", "data", "ephemeral") for type_ in each.get(block, ())}


@contextlib.contextmanager
def standing_by(providers: Providers, stacks: Collection[Path], environment: Environment) -> Iterator[Environment]:
    """Run the AWS provider for stacks, where they need it and it is at hand; yield the variables by which it is found."""
    package = providers.packages.get(SOURCE)
    if package is None or not any(each["source"] == SOURCE for stack in stacks for each in required_providers(stack).values()):  # fmt: skip
        yield {}
        return
    with narrowed(package, types_of(stacks), environment) as found:
        yield found


@contextlib.contextmanager
def narrowed(package: Path, types: Collection[str], environment: Environment) -> Iterator[Environment]:
    """Run a provider; yield the variable by which terraform finds it instead of starting one.

    One stack at a time may be at work with it: each run of terraform configures it anew.

    Args:
        package: The folder that holds the provider's program.
        types: The types of which it tells.
        environment: What it reaches its AWS with.

    Raises:
        TerraformError: The program is no provider of this protocol.
    """
    (program,) = package.glob("terraform-provider-*")
    with tempfile.TemporaryDirectory(prefix="provider-") as sockets:  # its own stays where it was killed
        told = {**MODEST, **QUIET, **COOKIE, "PLUGIN_PROTOCOL_VERSIONS": str(PROTOCOL)}
        process = subprocess.Popen(
            [program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment | told | {"PATH": os.defpath, "TMPDIR": sockets}, preexec_fn=die_with_parent,
        )  # fmt: skip
        try:
            address = _listening(process, program)
            _let_talk(process)
            with _proxy(address, types) as before:
                yield {"TF_REATTACH_PROVIDERS": json.dumps({f"{REGISTRY}/{SOURCE}": _reattached(process.pid, before)})}
        finally:
            process.kill()
            process.wait()


def _listening(process: subprocess.Popen[str], program: Path) -> str:
    """Return the socket on which a provider says that it listens."""
    assert process.stdout is not None
    # version of the handshake, of the protocol, network, address, transport
    said = process.stdout.readline().strip().split("|")
    if len(said) < 5 or (said[1], said[2], said[4]) != (str(PROTOCOL), "unix", "grpc"):
        process.kill()
        errors = process.communicate()[1].strip()
        raise TerraformError(f"{program} is no provider of protocol {PROTOCOL}: {'|'.join(said)} {errors[-500:]}")
    return said[3]


def _let_talk(process: subprocess.Popen[str]) -> None:
    """Read on what it logs, which would fill the pipe and hold it up."""
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        threading.Thread(target=functools.partial(_drain, stream), daemon=True).start()


def _drain(stream: Iterable[str]) -> None:
    with contextlib.suppress(ValueError):  # closed at the end
        for _ in stream:
            pass


def _reattached(pid: int, address: str) -> dict[str, Any]:
    return {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL,
        "Pid": pid,
        "Test": True,  # whose end is not terraform's business
        "Addr": {"Network": "unix", "String": address},
    }


@contextlib.contextmanager
def _proxy(address: str, types: Collection[str]) -> Iterator[str]:
    """Serve the provider at `address` with the schemas of `types` alone; yield where."""
    before = f"{address}-narrowed"
    with grpc.insecure_channel(f"unix:{address}", options=UNLIMITED) as channel, ThreadPoolExecutor(CALLS_AT_ONCE) as pool:  # fmt: skip
        server = grpc.server(pool, handlers=[_Handler(channel, types)], options=UNLIMITED)
        server.add_insecure_port(f"unix:{before}")
        server.start()
        try:
            yield before
        finally:
            server.stop(grace=None).wait()


class _Handler(grpc.GenericRpcHandler):
    """Hands on the calls of the provider's service as bytes."""

    def __init__(self, channel: grpc.Channel, types: Collection[str]) -> None:
        self._channel = channel
        self._types = frozenset(types)
        self._schemas = functools.cache(self._asked)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """Return what answers a call; None for the services of the plugin library, which terraform can miss."""
        method = handler_call_details.method
        if not method.startswith(f"/tfplugin{PROTOCOL}.Provider/"):
            return None

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                return self._schemas(request) if method == SCHEMAS else self._call(method, request)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")

        return grpc.unary_unary_rpc_method_handler(answer)

    def _call(self, method: str, request: bytes) -> bytes:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(method)
        return call(request)

    def _asked(self, request: bytes) -> bytes:
        return of_types(self._call(SCHEMAS, request), self._types)


def of_types(answer: bytes, types: Collection[str]) -> bytes:
    """Return the provider's schemas without those of other types, all else as it is."""
    kept, start = [], 0
    while start < len(answer):
        tag, place = _number(answer, start)
        field, wire = tag >> 3, tag & 7
        length, begin = _number(answer, place)
        end = begin + length if wire == 2 else begin
        if wire not in (0, 2):
            raise ValueError(f"field {field} of the schemas has a wire type that the protocol does not use: {wire}")
        if field not in BY_TYPE or _key(answer[begin:end]) in types:
            kept.append(answer[start:end])
        start = end
    return b"".join(kept)


def _key(entry: bytes) -> str:
    """Return the key of a map's entry, its first field."""
    length, begin = _number(entry, 1)
    return entry[begin : begin + length].decode()


def _number(data: bytes, place: int) -> tuple[int, int]:
    """Return a number that is written seven bits at a time, and the place behind it."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
