"""Named places between the steps of the loops where a test can kill the process. Does nothing otherwise."""

from collections.abc import Callable

hook: Callable[[str], None] | None = None


def fault_point(name: str) -> None:
    if hook is not None:
        hook(name)
