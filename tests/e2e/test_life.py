"""The demo ends whole, however it ends, and the next one begins afresh or goes on."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .conftest import Control, Demo

Start = Callable[..., Demo]
START = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
PERSON = "anna.berg@contoso.test"


def titles(control: Control) -> list[str]:
    return [each["title"] for each in control.absences(PERSON)]


def book(control: Control, title: str) -> None:
    control.post("book", person=PERSON, subject=title, starts_at=START, ends_at=START + timedelta(hours=1))


def rows(demo: Demo) -> list[tuple[str, int]]:
    """What its database says One X should hold, by key and version."""
    import sqlite3

    with sqlite3.connect(demo.folder / "demo.sqlite3") as database:
        query = "select key, version from calendarsync_syncedbooking where not withdrawn order by key"
        return database.execute(query).fetchall()


def test_ctrl_c_ends_all_in_good_order(start: Start) -> None:
    demo = start().until_ready()
    os.killpg(demo.process.pid, signal.SIGINT)
    code, seconds = demo.until_ended()
    assert (code, seconds < 10, "Traceback" in demo.said) == (0, True, False)


def test_after_a_kill_nothing_is_left_and_the_next_one_begins_afresh(start: Start) -> None:
    demo = start().until_ready()
    demo.control().empty(PERSON)
    demo.process.kill()
    code, seconds = demo.until_ended()
    assert (code, seconds < 5) == (-signal.SIGKILL, True)
    again = start().until_ready()
    assert len(titles(again.control())) > 0
