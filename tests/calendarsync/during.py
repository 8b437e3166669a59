"""Something happens in the middle: between two steps of the service, or while another answers it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from calendarsync import faultpoints
from mss.simulators.world import Asked, World


@contextmanager
def between(point: str, act: Callable[[], object]) -> Iterator[None]:
    """`act` happens at the first passing of a fault point."""

    def hook(name: str) -> None:
        if name == point:
            faultpoints.hook = None
            act()

    faultpoints.hook = hook
    try:
        yield
    finally:
        faultpoints.hook = None


def asked(world: World, path: str, act: Callable[[], object]) -> None:
    """`act` happens while the first request for such a path waits for its answer; the test's rows are committed."""
    world.requests = _Noticed(path, act)


class _Noticed(deque[Asked]):
    def __init__(self, path: str, act: Callable[[], Any]) -> None:
        super().__init__()
        self.path, self.act = path, act

    def append(self, asked: Asked) -> None:
        super().append(asked)
        if self.path in asked.path:
            self.path = "\0"  # in no path: once is enough
            self.act()
            connection.close()  # this thread is the simulator's
