"""Lets the processes of a demo notice that the one that started them is gone, even by SIGKILL.

The demo holds an exclusive POSIX record lock on a file; each child waits in a thread for a shared one. The
kernel gives it when the demo has ended, however that happened. Record locks are not inherited by fork, so no
process in between holds on.
"""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

VARIABLE = "MSS_LEASH"  # names the file, in the environment of the children
PATIENCE = 3.0  # seconds a process gets to end in good order


def take(path: Path, patience: float = 10.0) -> IO[str]:
    """The open file whose lock is ours until it is closed.

    Waits up to `patience` seconds for children of an earlier demo to end.
    Raises BlockingIOError while another demo holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    deadline = time.monotonic() + patience
    while not _lock(file, fcntl.LOCK_EX):
        # Children on their way out hold shared locks, which go together with ours; another demo's does not.
        if not _lock(file, fcntl.LOCK_SH) or time.monotonic() > deadline:
            raise BlockingIOError(path)
        fcntl.lockf(file, fcntl.LOCK_UN)
        time.sleep(0.1)
    return file


def follow() -> None:
    """End this process and its group when the demo that started it has ended. Outside a demo: nothing."""
    if path := os.environ.get(VARIABLE):
        file = Path(path).open()  # noqa: SIM115 (open as long as the process lives: closing gives the lock up)
        _when(lambda: fcntl.lockf(file, fcntl.LOCK_SH), lambda by: os.killpg(os.getpgrp(), by))


def follow_parent() -> None:
    """End this process when its parent, such as make, has ended."""
    parent = os.getppid()

    def orphaned() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)

    _when(orphaned, lambda by: os.kill(os.getpid(), by))


def _when(happened: Callable[[], object], end: Callable[[signal.Signals], None]) -> None:
    def watch() -> None:
        happened()
        end(signal.SIGTERM)
        time.sleep(PATIENCE)
        end(signal.SIGKILL)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.lockf(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
