"""A demo as a person starts it, what its terminal says, and its world by remote control."""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mss import stage

READY = "Ctrl-C ends everything"
STARTED = r"(\w+) started \(pid=(\d+)\)"
# Of this process, and none of the demo's business.
OURS = ("MAKELEVEL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "READ_INTERVAL")


class Demo:
    """A running `manage.py demo` in `folder`, which remembers every line of its terminal."""

    def __init__(self, folder: Path, *flags: str, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", *flags],
            cwd=stage.ROOT,
            env={**inherited, "DEMO_FOLDER": str(folder), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self.process.stdout as terminal:
            for line in terminal:
                self.lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    @property
    def addresses(self) -> list[str]:
        """Where it says to go: the play page, the directory, a call."""
        return re.findall(r"http://\S+", self.said.partition("Outlook, and what")[2])

    @property
    def pids(self) -> dict[str, int]:
        return {name: int(pid) for name, pid in re.findall(STARTED, self.said)}

    def until_ready(self) -> "Demo":
        until(lambda: READY in self.said or not self._reader.is_alive(), 60)
        assert READY in self.said, self.said
        return self

    def until_ended(self) -> tuple[int, float]:
        """Its exit code, and the seconds until the last of its processes let go of the terminal."""
        asked = time.monotonic()
        code = self.process.wait(30)
        self._reader.join(30)
        assert not self._reader.is_alive(), "a process is left"
        return code, time.monotonic() - asked

    def control(self) -> "Control":
        return Control(stage.read(self.folder / "world.env"))

    def end(self) -> None:
        """Kill it; its processes follow by themselves, and whatever does not is killed with its group."""
        self.process.kill()
        self.process.wait()
        self._reader.join(6)
        if self._reader.is_alive():
            for pid in self.pids.values():
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)


class Control:
    """The world's `/sim/`."""

    def __init__(self, world: dict[str, str]) -> None:
        trusted = ssl.create_default_context(cafile=world["SSL_CERT_FILE"])
        self.http = httpx.Client(base_url=f"{world['ONEX_URL']}/sim/", verify=trusted)

    def get(self, path: str, **query: str) -> Any:
        return self.http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, **body: object) -> Any:
        content = json.dumps(body, default=str)
        headers = {"Content-Type": "application/json"}
        return self.http.post(path, content=content, headers=headers).raise_for_status().json()

    def people(self) -> list[dict[str, Any]]:
        """The extensions of Contoso that One X holds a diversion for: those have a mailbox and the service."""
        diverted = {each["extension"] for each in self.absences() if each["forwarding"] == "announcement"}
        return [each for each in self.get("directory/contoso") if each["id"] in diverted]

    def absences(self, *extensions: str) -> list[dict[str, Any]]:
        """What Contoso's One X holds: of everybody, or of these."""
        held = self.get("absences/contoso")
        return [each for each in held if each["extension"] in extensions] if extensions else held

    def empty(self, *people: dict[str, Any]) -> None:
        """Delete all that stands in their calendars, and see One X follow."""
        years = {"start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}
        for person in people:
            for event in self.get(f"calendar/{person['email']}", **years):
                self.post("delete", event=event["id"])
        until(lambda: not self.absences(*(each["id"] for each in people)), 30)


def until(happened: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts small demos, all in one folder."""
    started: list[Demo] = []

    def start(*flags: str) -> Demo:
        started.append(Demo(tmp_path, "--users", "5", *flags))
        return started[-1]

    yield start
    for demo in started:
        demo.end()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A whole one, where a change arrives by notification or not at all."""
    demo = Demo(tmp_path_factory.mktemp("demo"), READ_INTERVAL="0")
    try:
        yield demo.until_ready()
    finally:
        demo.end()


@pytest.fixture(scope="session")
def control(demo: Demo) -> Control:
    return demo.control()
