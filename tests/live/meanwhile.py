"""What acts beside the tests, in place of a program that cannot run here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def meanwhile(look: Callable[[], None], *, beat: float) -> Iterator[None]:
    """Call `look` every `beat` seconds; raises at the end what went wrong in the meantime, for it stops at that."""
    stop = threading.Event()
    failures: list[Exception] = []

    def work() -> None:
        while not stop.wait(beat):
            try:
                look()
            except Exception as error:
                failures.append(error)
                return

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failures:
        raise failures[0]
