"""What a colleague sees and a caller hears at the simulated One X."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mss.simulators.announcement import LABELS, PHRASES
from mss.simulators.pbx import Pbx
from mss.simulators.world import World

from .conftest import NOW, Clock
from .test_onex import put

NUMBER = "+46104900001"


@pytest.fixture
def pbx(world: World) -> Pbx:
    return world.pbx


def divert(pbx: Pbx, key: str, start: float, end: float, **fields: Any) -> None:
    """A diversion of Anna's, in hours from 8:00 UTC."""
    begins, ends = (NOW + timedelta(hours=each) for each in (start, end))
    times = {"starts_at": begins.isoformat(), "ends_at": ends.isoformat()}
    change = put(1, key, forwarding="announcement") | times | fields
    assert [each["status"] for each in pbx.apply("contoso", [change])] == ["applied"]


def heard(pbx: Pbx, hours: float = 0) -> str:
    return str(pbx.call(NUMBER, NOW + timedelta(hours=hours))["sentence"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Anna Berg är på möte och är åter klockan 11:00."),
        ({"reason": "vacation"}, "Anna Berg har semester och är åter klockan 11:00."),
        ({"returns_at": "2026-11-24T11:30:00Z"}, "Anna Berg är på möte och är åter klockan 12:30."),
        ({"returns_at": "2026-11-25T11:30:00Z"}, "Anna Berg är på möte och är åter den 25 november 12:30."),
        ({"returns_at": "2026-11-30T23:00:00Z"}, "Anna Berg är på möte och är åter den 1 december."),
        (
            {"returns_at": "2027-12-24T19:00:00Z"},
            "Anna Berg är på möte och är åter den 24 december 2027 20:00.",
        ),
        ({"returns_at": "2026-12-31T23:00:00Z"}, "Anna Berg är på möte och är åter den 1 januari 2027."),
        ({"forwarding": "none"}, "Anna Berg svarar."),
    ],
)
def test_a_caller_hears_reason_and_return(pbx: Pbx, fields: dict[str, Any], sentence: str) -> None:
    divert(pbx, "a", 0, 2, **fields)
    assert heard(pbx) == sentence


def test_each_reason_has_its_words() -> None:
    assert list(LABELS) == list(PHRASES)


def test_a_call_is_answered_by_the_person_outside_the_absence(pbx: Pbx) -> None:
    divert(pbx, "a", 1, 2)
    assert [pbx.call(NUMBER, NOW + timedelta(hours=each))["answered_by"] for each in (0.9, 1, 1.9, 2)] == [
        "person",
        "announcement",
        "announcement",
        "person",
    ]


def test_a_call_says_reason_and_return_as_values_too(pbx: Pbx) -> None:
    divert(pbx, "a", 0, 2, reason="lunch")
    call = pbx.call(NUMBER)
    assert (call["reason"], call["label"], call["returns_at"]) == (
        "lunch",
        "Lunch",
        datetime(2026, 11, 24, 10, tzinfo=UTC),
    )


def test_nobody_has_an_unknown_number(pbx: Pbx) -> None:
    with pytest.raises(KeyError):
        pbx.call("+46104999999")


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        ({"priority": 104}, {"priority": 5}, "a"),
        ({"priority": 5}, {"priority": 104}, "b"),
        ({"ends_at": "2026-11-24T12:00:00Z"}, {}, "a"),
        ({}, {"ends_at": "2026-11-24T12:00:00Z"}, "b"),
        ({}, {}, "a"),
    ],
    ids=["priority", "priority of the second", "later end", "later end of the second", "smaller key"],
)
def test_of_several_one_decides(pbx: Pbx, one: dict[str, Any], other: dict[str, Any], wins: str) -> None:
    divert(pbx, "b", 0, 2, **other)
    divert(pbx, "a", 0, 2, **one)
    active = pbx.active("x1")
    assert active
    assert active.key == wins


def test_those_under_way_are_told_with_the_one_that_decides_first(pbx: Pbx) -> None:
    for key, start, fields in (("a", 0, {}), ("b", -1, {"priority": 1104}), ("c", 1, {}), ("d", -2, {})):
        divert(pbx, key, start, start + 2, **fields)
    pbx.override("x1", "ill", NOW + timedelta(hours=3))
    assert [each.key for each in pbx.under_way("x1")] == [None, "b", "a"]
    assert pbx.active("x1") == pbx.under_way("x1")[0]


def test_the_first_may_be_information_only_though_another_diverts(pbx: Pbx) -> None:
    divert(pbx, "a", 0, 9, reason="vacation")
    divert(pbx, "b", 1, 2, reason="lunch", forwarding="none", priority=1004)
    assert [heard(pbx, each) for each in (0, 1, 2)] == [
        "Anna Berg har semester och är åter klockan 18:00.",
        "Anna Berg svarar.",
        "Anna Berg har semester och är åter klockan 18:00.",
    ]


def test_the_directory_shows_who_is_away(pbx: Pbx) -> None:
    divert(pbx, "a", 0, 2, title="Budget")
    rows = [(each.name, active and (active.label, active.title)) for each, active in pbx.directory("contoso")]
    assert rows == [("Anna Berg", ("Möte", "Budget")), ("Bo Ek", None)]


def test_what_comes_is_told_in_order(pbx: Pbx, clock: Clock) -> None:
    for key, start in (("a", 5), ("b", 3), ("c", 0)):
        divert(pbx, key, start, start + 1)
    assert [each.key for each in pbx.coming("x1")] == ["b", "a"]
    clock.now += timedelta(hours=4)
    assert [each.key for each in pbx.coming("x1")] == ["a"]


def test_a_state_set_by_hand_goes_first_until_it_ends(pbx: Pbx) -> None:
    divert(pbx, "a", 0, 9, priority=1104)
    pbx.override("x1", "ill", NOW + timedelta(hours=3), "announcement")
    assert [heard(pbx, each) for each in (0, 3)] == [
        "Anna Berg är sjuk och är åter klockan 12:00.",
        "Anna Berg är på möte och är åter klockan 18:00.",
    ]
    pbx.clear_override("x1")
    assert heard(pbx) == "Anna Berg är på möte och är åter klockan 18:00."


def test_what_was_removed_by_hand_stays_away_until_a_higher_version(pbx: Pbx) -> None:
    divert(pbx, "a", 0, 2)
    pbx.remove_by_hand("a")
    divert(pbx, "a", 0, 2)
    assert heard(pbx) == "Anna Berg svarar."
    divert(pbx, "a", 0, 2, version=2)
    assert heard(pbx) == "Anna Berg är på möte och är åter klockan 11:00."


def test_what_was_changed_by_hand_stays_so_until_a_higher_version(pbx: Pbx) -> None:
    divert(pbx, "a", 0, 2)
    pbx.change_by_hand("a", reason="lunch")
    divert(pbx, "a", 0, 2)
    assert heard(pbx) == "Anna Berg är på lunch och är åter klockan 11:00."
    divert(pbx, "a", 0, 2, version=2)
    assert heard(pbx) == "Anna Berg är på möte och är åter klockan 11:00."
