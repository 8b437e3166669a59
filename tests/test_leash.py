"""The processes of a demo end with it, however it ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mss import leash

CHILD = "import time; from mss import leash; leash.follow(); print('following', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + CHILD
HOLDER = """
import subprocess, sys, time
from pathlib import Path
from mss import leash
held = leash.take(Path(sys.argv[1]))
subprocess.Popen([sys.executable, "-c", sys.argv[2]], start_new_session=True)
time.sleep(60)
"""


@pytest.fixture
def demo(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A process that holds the leash, with a child that follows it. Its output ends when both have."""
    monkeypatch.setenv(leash.VARIABLE, str(tmp_path / "lock"))
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock"), getattr(request, "param", CHILD)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "following\n"
        yield holder
        holder.kill()


def seconds_until_all_ended(demo: subprocess.Popen) -> float:
    started = time.monotonic()
    assert demo.stdout.read() == ""
    return time.monotonic() - started


def test_a_child_ends_after_a_kill_that_nobody_can_handle(demo):
    demo.kill()
    assert seconds_until_all_ended(demo) < leash.PATIENCE + 10


@pytest.mark.parametrize("demo", [STUBBORN], indirect=True)
def test_a_child_that_does_not_end_when_asked_is_ended(demo):
    demo.kill()
    assert leash.PATIENCE - 1 < seconds_until_all_ended(demo) < leash.PATIENCE + 10


@pytest.mark.timeout(30)
def test_a_second_demo_is_refused_at_once_while_the_first_one_lives(demo, tmp_path):
    with pytest.raises(BlockingIOError):
        leash.take(tmp_path / "lock", patience=60)  # longer than a test may take: it may not wait


@pytest.mark.parametrize("demo", [STUBBORN], indirect=True)
def test_the_next_demo_waits_for_what_the_last_one_left(demo, tmp_path):
    demo.kill()
    demo.wait()
    time.sleep(0.2)
    started = time.monotonic()
    leash.take(tmp_path / "lock").close()
    assert 1 < time.monotonic() - started < leash.PATIENCE + 10


def test_outside_a_demo_nobody_is_followed(monkeypatch):
    monkeypatch.delenv(leash.VARIABLE, raising=False)
    alone = [sys.executable, "-c", CHILD.replace("time.sleep(60)", "time.sleep(0.5)")]
    assert subprocess.run(alone).returncode == 0
