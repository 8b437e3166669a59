"""Corner cases of Microsoft: slow, refusing, away, or suddenly empty."""

from collections.abc import Callable
from typing import Any

import pytest

from calendarsync.models import Provider, SyncedUser

from ..conftest import hire
from .factories import D, Office, add_provider, at

MEETING = "10:00–11:00 meeting, back 11:00"
HOURS = range(10, 16)


def test_c52_a_throttled_person_waits_as_long_as_told_and_nobody_else_does(
    office: Office, meeting: Any
) -> None:
    anna = office.person().id
    office.world.faults.add("graph", f"{anna}/calendarView", part=True, status=429, retry_after=120)
    for who in ("anna", "bertil"):
        office.book("13:00", "14:00", who=who)
    office.sync()
    assert (office.told(), office.user().trouble) == (["set v1 13:00–14:00 meeting"], "throttled")
    office.asked("calendarView")
    office.book("15:00", "16:00")
    office.sync("07:01:59")
    assert (office.asked("calendarView"), office.held()) == (0, [MEETING])
    office.sync("07:02")
    assert office.held() == [MEETING, *(f"{h}:00–{h + 1}:00 meeting, back {h + 1}:00" for h in (13, 15))]
    assert office.user().trouble == ""


def test_c52_a_throttled_tenant_slows_no_other(office: Office, tmp_path: Any) -> None:
    office.world.faults.add("graph", "batch", status=429, retry_after=600)
    office.book("10:00", "11:00")
    tenant = office.world.add_tenant("Contoso Norge", ["contoso-norge.test"])
    hire(office.world, tenant, "Dag Ek", "+46101000009")
    office.sync()
    other = add_provider(
        office.world,
        tmp_path,
        "--active",
        *D,
        "--tenant",
        tenant.id,
        users=("dag@contoso.test",),
        name="Norge",
    )
    office.world.book(office.world.person("dag@contoso.test").id, "Budget", at("10:00"), at("11:00"))
    office.sync()
    assert (office.held(), office.held("dag")) == ([], [MEETING])
    assert other.users.get().trouble == ""
    office.sync("07:10")
    assert office.held() == [MEETING]


def test_c52_a_running_diversion_ends_on_time_while_microsoft_throttles(office: Office, meeting: Any) -> None:
    office.world.faults.add("graph", "batch", status=429, retry_after=3600, times=None)
    office.sync("10:59")
    assert [office.heard("10:59"), office.heard("11:00")] == ["meeting, back 11:00", "-"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 503}, id="503"),
        pytest.param({"status": 500}, id="500"),
        pytest.param({"garbage": True}, id="half a JSON"),
        pytest.param({"reset": True}, id="a broken connection"),
        pytest.param({"status": 503, "part": True, "path": "calendarView"}, id="503 for a part"),
        pytest.param({"garbage": True, "part": True, "path": "calendarView"}, id="half a JSON for a part"),
    ],
)
def test_c54_while_microsoft_is_away_for_six_hours_everything_stands(
    office: Office, fault: dict[str, Any]
) -> None:
    meeting = office.book("16:00", "17:00")
    office.sync()
    office.told()
    office.world.faults.add(**{"face": "graph", "times": None} | fault)
    office.world.change(meeting.id, ends_at=at("18:00"))
    for hour in range(7, 13):
        office.sync(f"{hour:02}:30")
    assert (office.told(), office.heard("16:30"), office.user().dirty) == ([], "meeting, back 17:00", True)
    office.world.faults.clear()
    office.sync("13:00")
    assert office.told() == ["set v2 16:00–18:00 meeting, back 18:00"]


def test_c54_a_broken_second_page_withdraws_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendarsync.exchange.graph_calendar.PAGE", 2)
    for hour in HOURS:
        office.book(f"{hour}:00", f"{hour}:30")
    office.sync()
    office.told()
    office.world.faults.add("graph", "skiptoken", part=True, times=None, status=503)
    office.book("17:00", "18:00")
    office.sync()
    assert (office.told(), len(office.held()), office.user().dirty) == ([], 6, True)


def test_c53_a_revoked_consent_sends_nothing_new_and_withdraws_after_a_day(office: Office) -> None:
    office.book("10:00", "11:00", day=5)
    office.sync()
    office.told()
    tenant = next(iter(office.world.tenants.values()))
    tenant.consented = False
    office.sync("09:00")
    office.provider.refresh_from_db()
    assert (office.provider.trouble, office.provider.trouble_since) == ("consent_revoked", at("09:00"))
    office.book("10:00", "11:00", day=6)
    office.sync("08:59", day=1)
    assert office.told() == []
    office.sync("09:30", day=1)
    assert (office.told(), office.held()) == (["clear v2"], [])


def test_c53_what_one_x_has_not_taken_when_the_consent_goes_waits_until_it_is_given_again(
    office: Office,
) -> None:
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    office.book("10:00", "11:00", day=5)
    office.sync()
    tenant = next(iter(office.world.tenants.values()))
    tenant.consented = False
    office.world.faults.clear()
    office.sync("09:00")
    office.sync("09:30")
    assert office.told() == []
    tenant.consented = True
    office.sync("10:00")
    assert office.told() == ["set v1 10:00–11:00 day 5 meeting, back 11:00"]


def test_c53_a_consent_given_again_within_the_day_goes_on_as_before(office: Office) -> None:
    office.book("10:00", "11:00", day=5)
    office.sync()
    office.told()
    tenant = next(iter(office.world.tenants.values()))
    tenant.consented = False
    office.sync("09:00")
    office.book("10:00", "11:00", day=6)
    tenant.consented = True
    office.sync("09:30")
    office.provider.refresh_from_db()
    assert (office.told(), office.provider.trouble) == (["set v1 10:00–11:00 day 6 meeting, back 11:00"], "")


# The brake.


def empty(office: Office, who: str = "anna") -> None:
    """Microsoft says, out of the blue, that there is nothing."""
    office.world.faults.add("notify", lose=True, times=None)
    for event in office.world.calendar(office.person(who).id):
        office.world.delete(event.id)


@pytest.fixture
def full(office: Office) -> Office:
    """Six coming meetings of Anna's."""
    for hour in HOURS:
        office.book(f"{hour}:00", f"{hour}:30")
    office.sync()
    office.told()
    return office


def test_c55_a_calendar_that_is_suddenly_empty_is_believed_the_second_time(full: Office) -> None:
    empty(full)
    full.sync("08:00")
    assert (full.told(), full.user().suspect_since) == ([], at("08:00"))
    full.sync("08:01")
    assert (full.told(), full.user().suspect_since) == (["clear v2"] * 6, None)


def test_c55_a_calendar_that_comes_back_a_minute_later_has_lost_nothing(full: Office) -> None:
    kept = full.world.calendar(full.person().id)
    empty(full)
    full.sync("08:00")
    for event in kept:
        full.world._store(event)
    full.sync("08:01")
    assert (full.told(), full.user().suspect_since) == ([], None)


def test_c55_who_empties_the_calendar_by_hand_knocks_and_is_believed_at_once(full: Office) -> None:
    for event in full.world.calendar(full.person().id):
        full.world.delete(event.id)
    full.sync()
    assert full.told() == ["clear v2"] * 6


def test_c55_four_bookings_are_too_few_for_the_brake(office: Office) -> None:
    for hour in range(10, 14):
        office.book(f"{hour}:00", f"{hour}:30")
    office.sync()
    office.told()
    empty(office)
    office.sync("08:00")
    assert office.told() == ["clear v2"] * 4


def test_c55_when_ten_people_are_emptied_the_provider_stops_until_somebody_says_go_on(
    opened: Callable[..., Office], world: Any
) -> None:
    names = [f"{letter}ve" for letter in "ABCDEFGHIJKL"]
    for number, name in enumerate(names, start=10):
        hire(world, next(iter(world.tenants.values())), f"{name} Lind", f"+461010000{number}")
    office = opened(*D, users=tuple(f"{name.lower()}@contoso.test" for name in names))
    for name in names:
        for hour in range(10, 15):
            office.book(f"{hour}:00", f"{hour}:30", who=name.lower())
    office.sync()
    assert len(office.told()) == 60
    for name in names:
        empty(office, name.lower())
    office.sync("08:00")
    assert office.told() == []
    office.sync("08:01")
    office.provider.refresh_from_db()
    assert (len(office.told()), office.provider.braked_at) == (9 * 5, at("08:01"))
    office.sync("09:30")
    assert office.told() == []
    Provider.objects.update(braked_at=None)
    SyncedUser.objects.wish()
    office.sync()
    assert office.told() == ["clear v2"] * 3 * 5
