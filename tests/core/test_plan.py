"""The truth table of what is wanted and what is held, and what becomes of rows that have ended."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from calendarsync.core.booking import Absence
from calendarsync.core.plan import Clear, Held, Set, plan

from .samples import LUNCH, absence, applied, at, keys

NOW = at("09:00")
ENDED = {"starts_at": at("07:00"), "ends_at": at("08:00")}
UNDER_WAY = {"starts_at": at("08:30"), "ends_at": at("11:00")}
WANTED = absence("a", "10:00", "11:00")
OTHERWISE = absence("a", "10:00", "11:00", LUNCH)
OVER = absence("a", "07:00", "08:00")


def row(key: str = "k", **fields: Any) -> Held:
    """A row that holds exactly `WANTED`, at version 3, but for the fields given."""
    given = {
        "item_id": "a",
        "extension": "here",
        "version": 3,
        "payload_hash": WANTED.payload_hash,
        "starts_at": WANTED.starts_at,
        "ends_at": WANTED.ends_at,
    }
    return Held(key, **(given | fields))


def planned(wanted: list[Absence], held: list[Held], **given: Any) -> list[str]:
    changes = plan(wanted, held, **({"extension": "here", "now": NOW, "new_key": keys("new")} | given))
    return [f"{type(each).__name__.lower()} {each.key} {each.extension} v{each.version}" for each in changes]


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [
        pytest.param([], [], [], id="nothing, nothing"),
        pytest.param([WANTED], [], ["set new1 here v1"], id="new"),
        pytest.param([WANTED], [row()], [], id="C59 the same"),
        pytest.param([OTHERWISE], [row()], ["set k here v4"], id="different"),
        pytest.param([WANTED], [row(withdrawn=True)], ["set k here v4"], id="C25 withdrawn, wanted again"),
        pytest.param(
            [WANTED], [row(**ENDED, payload_hash="")], ["set k here v4"], id="held as ended, moved ahead"
        ),
        pytest.param([OVER], [], [], id="ended before it was seen"),
        pytest.param([OVER], [row()], ["clear k here v4"], id="C27 shortened into the past, still read"),
        pytest.param([OVER], [row(**ENDED)], [], id="ended, still read"),
        pytest.param([], [row()], ["clear k here v4"], id="gone"),
        pytest.param([], [row(**UNDER_WAY)], ["clear k here v4"], id="C21 gone while under way"),
        pytest.param([], [row(withdrawn=True)], [], id="gone and withdrawn"),
        pytest.param([], [row(**ENDED)], [], id="ended"),
        pytest.param(
            [WANTED],
            [row(extension="there")],
            ["clear k there v4", "set new1 here v1"],
            id="C44 another extension",
        ),
        pytest.param(
            [WANTED], [row(extension="there", withdrawn=True)], ["set new1 here v1"], id="withdrawn there"
        ),
        pytest.param([WANTED], [row(extension="there", **ENDED)], ["set new1 here v1"], id="ended there"),
        pytest.param([], [row(extension="there")], ["clear k there v4"], id="gone, on another extension"),
        pytest.param(
            [WANTED], [row("k2"), row("k1")], ["clear k2 here v4"], id="held twice: the first key stays"
        ),
        pytest.param(
            [WANTED], [row("k1"), row("k2", version=4)], ["clear k1 here v4"], id="the newest stays"
        ),
        pytest.param(
            [WANTED], [row("k1", withdrawn=True, version=9), row("k2")], [], id="the one not withdrawn stays"
        ),
        pytest.param(
            [WANTED],
            [row("k1"), row("k2", extension="there")],
            ["clear k2 there v4"],
            id="the one here stays",
        ),
        pytest.param(
            [], [row("k1"), row("k2")], ["clear k1 here v4", "clear k2 here v4"], id="twice and gone"
        ),
        pytest.param(
            [absence("A", "10:00", "11:00"), absence("a", "10:00", "11:00")],
            [row()],
            ["set new1 here v1"],
            id="C39 ids differ by case",
        ),
    ],
)
def test_the_truth_table(wanted: list[Absence], held: list[Held], expected: list[str]) -> None:
    assert planned(wanted, held) == expected


def test_of_one_item_wanted_twice_the_first_is_set_whatever_the_order() -> None:
    early = absence("a", "09:30", "11:00")
    for wanted in ([early, WANTED, OTHERWISE], [OTHERWISE, WANTED, early]):
        (change,) = plan(wanted, [], extension="here", now=NOW, new_key=keys())
        assert change == Set("k1", "here", 1, replace(early, key="k1"))


def test_two_that_differ_in_the_reason_alone_do_not_alternate() -> None:
    one_way = plan([WANTED, OTHERWISE], [], extension="here", now=NOW, new_key=keys())
    assert plan([OTHERWISE, WANTED], [], extension="here", now=NOW, new_key=keys()) == one_way


@pytest.mark.parametrize(
    ("held", "given", "expected"),
    [
        pytest.param(row(), {"keep": {"a"}}, [], id="could not be read"),
        pytest.param(row(), {"keep": {"A"}}, ["clear k here v4"], id="another could not be read"),
        pytest.param(row(), {"until": at("10:00")}, [], id="starts where the reading was cut"),
        pytest.param(row(), {"until": at("10:01")}, ["clear k here v4"], id="starts before it was cut"),
        pytest.param(
            row(**UNDER_WAY), {"until": at("10:00")}, ["clear k here v4"], id="began before it was cut"
        ),
        pytest.param(
            row(extension="there"), {"keep": {"a"}, "until": NOW}, ["clear k there v4"], id="not ours now"
        ),
    ],
)
def test_what_was_not_read_completely_is_not_withdrawn(
    held: Held, given: dict[str, Any], expected: list[str]
) -> None:
    assert planned([], [held], **given) == expected


def test_a_double_of_what_was_read_goes_although_the_reading_was_cut() -> None:
    assert planned([WANTED], [row("k1"), row("k2")], until=NOW) == ["clear k2 here v4"]


@pytest.mark.parametrize(
    ("days_later", "expected"),
    [
        pytest.param(0, [], id="the same day"),
        pytest.param(29, [], id="29 days"),
        pytest.param(30, [], id="30 days to the minute"),
        pytest.param(31, ["clear k here v4"], id="31 days"),
    ],
)
@pytest.mark.parametrize("keep", [set(), {"a"}], ids=["", "unreadable"])
def test_what_has_ended_is_left_alone_for_30_days_then_cleared(
    days_later: int, expected: list[str], keep: set[str]
) -> None:
    now = WANTED.ends_at + timedelta(days=days_later)
    assert planned([], [row()], now=now, expired_before=now - timedelta(days=30), keep=keep) == expected


def test_expired_and_withdrawn_is_cleared_once() -> None:
    assert planned([], [row(withdrawn=True, **ENDED)], expired_before=NOW) == []


def test_an_absence_is_told_under_its_key() -> None:
    (change,) = plan([OTHERWISE], [row()], extension="here", now=NOW, new_key=keys())
    assert isinstance(change, Set)
    assert (change.key, change.absence.key, change.absence.payload_hash) == ("k", "k", OTHERWISE.payload_hash)


def test_clears_come_first_by_key_then_sets_by_start() -> None:
    wanted = [
        absence(each, start, "12:00") for each, start in [("x", "11:00"), ("y", "10:00"), ("z", "10:30")]
    ]
    held = [row("k2", item_id="q"), row("k1", item_id="p")]
    assert planned(wanted, held) == [
        "clear k1 here v4",
        "clear k2 here v4",
        "set new1 here v1",
        "set new2 here v1",
        "set new3 here v1",
    ]
    changes = plan(wanted, held, extension="here", now=NOW, new_key=keys("new"))
    assert [each.absence.item_id for each in changes if isinstance(each, Set)] == ["y", "z", "x"]


def test_a_person_withdrawn_is_back_under_the_same_key_with_rising_versions() -> None:
    """*Aktiv* off and on again: nothing wanted, then all of it."""
    given: dict[str, Any] = {"extension": "here", "now": NOW, "new_key": keys()}
    held: list[Held] = []
    history = []
    for wanted in ([WANTED], [], [WANTED], [WANTED]):
        changes = plan(wanted, held, **given)
        held = applied(held, changes)
        history.append([(type(each), each.key, each.version) for each in changes])
    assert history == [[(Set, "k1", 1)], [(Clear, "k1", 2)], [(Set, "k1", 3)], []]
