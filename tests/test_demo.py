"""The demo begins, ends and dies whole. What it shows: tests/e2e."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a demo in a folder of its own. Its output ends when its last process has."""
    for name in ("MAKELEVEL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEMO_FOLDER", str(tmp_path))
    started: list[subprocess.Popen] = []

    def start(*flags: str) -> subprocess.Popen:
        command = [sys.executable, "manage.py", "demo", "--users", "5", *flags]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes))
        return started[-1]

    yield start
    for demo in started:
        demo.kill()
        demo.stdout.read()
        demo.wait()


def until_ready(demo: subprocess.Popen) -> str:
    """What it said until it stood."""
    said = ""
    for line in demo.stdout:
        said += line
        if "Ctrl-C ends everything" in line:
            return said
    pytest.fail(f"it ended with {demo.wait()}:\n{said}")


def until_ended(demo: subprocess.Popen) -> tuple[int, str, float]:
    """Its exit code, the rest of what it said, and how many seconds its last process took to end."""
    asked = time.monotonic()
    said = demo.stdout.read()
    return demo.wait(), said, time.monotonic() - asked


def pid_of(said: str, name: str) -> int:
    return int(re.search(rf"{name} started \(pid=(\d+)\)", said)[1])


def test_it_says_where_to_go_suffers_no_second_one_and_ends_in_good_order_with_ctrl_c(start):
    demo = start()
    addresses = re.findall(r"http://\S+", until_ready(demo))
    assert [httpx.get(address).status_code for address in addresses[-3:]] == [200, 200, 200]
    refusal = "CommandError: another demo is running in this folder; end that one first.\n"
    assert until_ended(start())[:2] == (1, refusal)
    demo.send_signal(signal.SIGINT)
    code, said, seconds = until_ended(demo)
    assert (code, "Traceback" in said) == (0, False)
    assert seconds < 8


def test_after_a_kill_nothing_is_left_and_the_next_one_goes_on(start):
    demo = start()
    before = re.findall(r"http://\S+", until_ready(demo))
    demo.kill()
    assert until_ended(demo)[2] < 5
    again = start("--keep")
    assert re.findall(r"http://\S+", until_ready(again)) == before


def test_when_one_process_dies_all_end_and_the_exit_code_says_so(start):
    demo = start()
    os.kill(pid_of(until_ready(demo), "web"), signal.SIGKILL)
    code, said, seconds = until_ended(demo)
    assert (code, "ended by itself" in said) == (1, True)
    assert seconds < 8
