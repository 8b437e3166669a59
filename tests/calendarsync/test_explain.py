"""Why somebody's day is what it is, at the terminal: no title, nothing private, and noted that it was asked."""

import json
from typing import Any

import pytest

from .factories import AWAY, Office, at, everything_kept, rows_of_all_tables

CANARY = "Kanariefågel"


@pytest.fixture
def explained(office: Office) -> Office:
    """A day with one of each: private, diverted, chosen, declined, and a row that is off."""
    office.book("09:00", "10:00", sensitivity="private", subject=CANARY, body=CANARY)
    office.book("10:00", "11:00", subject=CANARY)
    office.world.set_choice(office.book("11:00", "12:00", subject=CANARY).id, "lunch", "announcement")
    office.book("13:00", "14:00", response="declined", subject=CANARY)
    office.book("15:00", "16:00", "tentative", subject=CANARY)
    office.book("08:00", "09:00", day=1, subject=CANARY)
    return office


def test_explain_tells_the_day_in_words(run: Any, explained: Office) -> None:
    code, out, err = run("explain", "anna@contoso.test", "--at", "10:30")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "1. 10:00–11:00  Busy  →  diversion meeting, back 12:00.  The rule for Busy.",
        "2. 11:00–12:00  Busy  →  diversion lunch, back 12:00.  The user's own choice for the booking.",
        "3. 13:00–14:00  Busy  →  not synchronised.  The user has declined.",
        "4. 15:00–16:00  Tentative  →  not synchronised.  "
        "The rule for Tentative says that One X is not to be updated.",
        "1 private booking is not shown.",
        "10:30: calls are answered: meeting, back 2027-05-12 12:00.",
    ]


def test_explain_tells_the_day_in_json(run: Any, explained: Office) -> None:
    code, out, _ = run("explain", "anna@contoso.test", "--json", "--at", "10:30")
    told = json.loads(out)
    assert (code, told["user"], told["stopped"], told["private"]) == (0, "anna@contoso.test", "", 1)
    assert [each["because"] for each in told["bookings"]] == ["rule", "choice", "declined", "rule_off"]
    assert told["bookings"][0] == {
        "starts_at": "2027-05-12T10:00:00+02:00",
        "ends_at": "2027-05-12T11:00:00+02:00",
        "all_day": False,
        "show_as": "busy",
        "outside": "",
        "because": "rule",
        "held_back": [],
        "reason": "meeting",
        "forwarding": "announcement",
        "returns_at": "2027-05-12T12:00:00+02:00",
    }
    assert told["at"] == {
        "at": "2027-05-12T10:30:00+02:00",
        "reason": "meeting",
        "diverted": True,
        "returns_at": "2027-05-12T12:00:00+02:00",
    }


@pytest.mark.parametrize("options", [(), ("--json",), ("--date", "2027-05-13"), ("--at", "09:30", "--json")])
def test_explain_shows_no_title_and_stores_nothing_but_that_somebody_looked(
    run: Any, explained: Office, options: tuple[str, ...]
) -> None:
    before = rows_of_all_tables()
    _, out, err = run("explain", "anna@contoso.test", *options)
    assert (CANARY in out + err, CANARY in everything_kept()) == (False, False)
    after = rows_of_all_tables()
    changed = {table for table in after if after[table] != before[table]} - {"sqlite_sequence"}
    assert changed == {"auditlog_logentry"}
    assert len(after["auditlog_logentry"]) == len(before["auditlog_logentry"]) + 1
    assert "anna@contoso.test" not in repr(after["auditlog_logentry"][-1])


def test_explain_agrees_with_what_one_x_does(run: Any, explained: Office) -> None:
    explained.sync()
    said = {}
    for now in ("09:30", "10:00", "11:59", "13:30", "15:30"):
        told = json.loads(run("explain", "anna@contoso.test", "--json", "--at", now)[1])["at"]
        back = f", back {told['returns_at'][11:16]}" if told["diverted"] else ""
        said[now] = f"{told['reason'] or '-'}{back}"
    assert said == {now: explained.heard(now) for now in said}


def test_explain_of_a_provider_that_is_off_says_so(run: Any, explained: Office) -> None:
    explained.set(active=False)
    _, out, _ = run("explain", "anna@contoso.test", "--at", "10:30")
    assert out.splitlines()[0] == "The provider is not active."
    assert out.splitlines()[-1] == "10:30: nothing in One X; calls arrive."


def test_explain_of_an_empty_day(run: Any, office: Office) -> None:
    assert run("explain", "anna@contoso.test", "--date", "2027-05-20") == (0, "No bookings.\n", "")


def test_explain_refuses_what_it_cannot_tell(run: Any, office: Office) -> None:
    unknown = run("explain", "nobody@contoso.test")
    assert unknown == (1, "", "No user has the address nobody@contoso.test.\n")
    assert run("explain", "anna@contoso.test", "--date", "12/5")[0] != 0
    assert run("explain", "anna@contoso.test", "--at", "late")[0] != 0
    office.world.faults.add("graph", times=None, status=503)
    assert run("explain", "anna@contoso.test") == (4, "", f"server_error: {AWAY}\n")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_explain_of_a_day_out_of_reach_is_an_answer_and_no_crash(run: Any, office: Office, day: str) -> None:
    code, out, err = run("explain", "anna@contoso.test", "--date", day)
    said = f"Error: argument --date: {day!r}: give a date as 2026-11-23\n"
    assert (code, out, err) == (1, "", said)


def test_explain_says_of_a_day_beyond_reach_that_one_x_has_nothing_of_it(run: Any, office: Office) -> None:
    office.book("10:00", "11:00", day=20)
    _, out, _ = run("explain", "anna@contoso.test", "--date", "2027-06-01", "--at", "10:30")
    assert out.splitlines() == [
        "1. 10:00–11:00  Busy  →  not synchronised.  Further ahead than 14 days. The rule for Busy.",
        "10:30: nothing in One X; calls arrive.",
    ]


def test_explain_says_of_what_is_over_that_it_is(run: Any, office: Office) -> None:
    office.book("08:00", "09:00")
    office.move_to(at("10:00"))
    _, out, _ = run("explain", "anna@contoso.test")
    assert "The booking is over. The rule for Busy." in out.splitlines()[0]
