"""Processes of a service on this machine, each with its children in a group of its own, and what they say."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from django.conf import settings


class Process:
    """A command that runs until it is ended; `log` holds what it and its children wrote."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        log: Path,
        user: str | None = None,
        folder: Path = settings.BASE_DIR,
    ) -> None:
        self.log = log
        with log.open("a") as file:
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                user=user,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to it and its children. Nothing where it was waited for: the number may be another's now."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL: nothing in it can do anything about it."""
        self.tell(signal.SIGKILL)
        self._process.wait()


def until(happened: Callable[[], object], seconds: float, *logs: Path) -> None:
    """Wait for something; afterwards say what the processes said."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            told = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in logs)
            raise AssertionError(f"not within {seconds} s\n{told}")
        time.sleep(0.05)
