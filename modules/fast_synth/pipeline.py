"""Sends what needs no answer to go on, and reads the answers when one is needed.

Node numbers objects in the order in which they are made, so what it will call an object is known beforehand, and each
answer is compared with that. Any other answer, an error included, ends the run with `MisfitError`: main.py then begins
anew the stock way, which says what is wrong if anything is.
"""

from __future__ import annotations

import collections
import importlib
import json
import os
import re
import select
from typing import Any

FIRST_NUMBER = 10_000
"""What jsii calls the first object."""
NUMBER = re.compile(rb'"\$jsii\.byref":"[^"]*@(\d+)"')
ANSWERLESS = frozenset({"addDependency", "addOverride"})
"""Methods that give nothing back."""
ENOUGH = 8192
"""Bytes that are worth a write."""


class MisfitError(BaseException):
    """Raised when Node answers otherwise than foreseen; passes by whoever handles errors of the synthesis."""


class Pipeline:
    """Sends the requests of one Node process, in place of its own `send`."""

    def __init__(self, process: Any) -> None:
        self._serializer = process._serializer
        self._stdin: int = process._process.stdin.fileno()
        self._stdout: Any = process._process.stdout
        self._jsii: Any = importlib.import_module("jsii._kernel.providers.process")
        self._next = FIRST_NUMBER
        self._unsent = bytearray()
        self._foreseen: collections.deque[bytes] = collections.deque()

    def send(self, request: Any, response_type: Any) -> Any:
        """Send `request`; return its answer, or what that will be."""
        if type(request) is self._jsii.CreateRequest:
            name = f"{request.fqn}@{self._next}"
            self._next += 1
            overrides = [self._serializer.unstructure(each) for each in request.overrides]
            # its interfaces are left out: they are those of the class, which Node knows
            message = {"api": "create", "fqn": request.fqn, "args": request.args, "overrides": overrides}
            self._foreseen.append(b'{"ok":{"$jsii.byref":"%b"}}\n' % name.encode())
            self._write(message)
            return self._jsii.CreateResponse(ref=name)
        self._write(self._serializer.unstructure(request))
        if type(request) is self._jsii.InvokeRequest and request.method in ANSWERLESS:
            self._foreseen.append(b'{"ok":{}}\n')
            return self._jsii.InvokeResponse(result=None)
        self._flush()
        while self._foreseen:
            self._check_answer()
        return self._answer(response_type)

    def _write(self, message: dict[str, Any]) -> None:
        self._unsent += json.dumps(message, default=self._jsii.jdefault).encode() + b"\n"
        if len(self._unsent) >= ENOUGH:
            self._flush()

    def _flush(self) -> None:
        """Write what is unsent, reading answers where Node waits for that."""
        while self._unsent:
            readable, writable, _ = select.select([self._stdout], [self._stdin], [])
            if writable:
                try:
                    del self._unsent[: os.write(self._stdin, self._unsent[: select.PIPE_BUF])]
                except BrokenPipeError as error:
                    raise MisfitError("Node has ended") from error
            elif readable:
                self._check_answer()

    def _check_answer(self) -> None:
        answer = self._stdout.readline()
        if not self._foreseen or answer != self._foreseen.popleft():
            raise MisfitError(f"unforeseen answer of Node: {answer[:1000]!r}")

    def _answer(self, response_type: Any) -> Any:
        """Return the answer to the last request as the stock `send` does."""
        line = self._stdout.readline()
        if not line:
            raise MisfitError("Node has ended")
        self._next = max(self._next, *(int(number) + 1 for number in NUMBER.findall(line)), 0)
        answer = json.loads(line, object_hook=self._jsii.ohook)
        if "ok" in answer:
            return self._serializer.structure(answer["ok"], response_type)
        if "callback" in answer:
            return self._serializer.structure(answer, self._jsii._CallbackResponse).callback
        of_jsii = answer["name"] == self._jsii.ErrorType.JSII_FAULT.value
        error = (self._jsii.JSIIError if of_jsii else RuntimeError)(answer["error"])
        raise error from self._jsii.JavaScriptError(answer.get("stack"))
