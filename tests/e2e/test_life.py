"""The demo ends whole, however it ends; the next one begins afresh or goes on."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from .conftest import Control, Demo, until

Start = Callable[..., Demo]
START = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)


def titles(control: Control) -> set[str]:
    """The titles that Contoso's One X shows."""
    return {each["title"] for each in control.absences()}


def book(control: Control, title: str) -> None:
    times = {"starts_at": START, "ends_at": START + timedelta(hours=1)}
    control.post("book", person="anna.berg@contoso.test", subject=title, **times)


def rows(demo: Demo) -> set[str]:
    """The keys of what its database says One X should hold."""
    with closing(sqlite3.connect(demo.folder / "demo.sqlite3")) as database:
        return {key for (key,) in database.execute("SELECT key FROM calendarsync_syncedbooking")}


def test_ctrl_c_ends_all_in_good_order_and_keep_goes_on_with_the_same_bookings(start: Start) -> None:
    demo = start().until_ready()
    book(demo.control(), "Före")
    until(lambda: "Före" in titles(demo.control()), 10)
    before = titles(demo.control()), rows(demo)
    # As a terminal does: every process of the foreground group gets it.
    os.killpg(demo.process.pid, signal.SIGINT)
    code, seconds = demo.until_ended()
    assert (code, seconds < 10, "Traceback" in demo.said) == (0, True, False)
    again = start("--keep").until_ready()
    assert (titles(again.control()), rows(again)) == before
    book(again.control(), "Efter")
    until(lambda: "Efter" in titles(again.control()), 10)


def test_a_kill_leaves_no_process_and_the_next_one_begins_afresh(start: Start) -> None:
    demo = start().until_ready()
    book(demo.control(), "Före")
    until(lambda: "Före" in titles(demo.control()), 10)
    before = rows(demo)
    demo.process.kill()
    code, seconds = demo.until_ended()
    assert (code, seconds < 5) == (-signal.SIGKILL, True)
    again = start().until_ready()
    assert ("Före" in titles(again.control()), rows(again) & before) == (False, set())


def test_it_says_where_to_go_and_refuses_a_second_one(start: Start) -> None:
    demo, second = start().until_ready(), start()
    assert [httpx.get(address).status_code for address in demo.addresses] == [200, 200, 200]
    assert second.until_ended()[0] == 1
    assert second.said == "CommandError: another demo is running in this folder; end that one first.\n"


@pytest.mark.parametrize("name", ["engine", "web", "world"])
def test_when_one_process_dies_all_end_and_the_exit_code_says_so(start: Start, name: str) -> None:
    demo = start().until_ready()
    os.kill(demo.pids[name], signal.SIGKILL)
    code, seconds = demo.until_ended()
    assert (code, seconds < 10, "ended by itself" in demo.said) == (1, True, True)
