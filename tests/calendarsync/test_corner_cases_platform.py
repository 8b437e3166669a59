"""Corner cases of Microsoft and One X: what is late, lost, refused, slow or away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calendarsync import faultpoints, lease, subscriptions, watch
from calendarsync.models import Provider, Subscription, SyncedBooking, SyncedUser

from ..conftest import hire
from .factories import D, Office, add_provider, at

MEETING = "10:00–11:00 meeting, back 11:00"
HOURS = range(10, 16)


@pytest.fixture
def meeting(office: Office) -> Any:
    """A meeting from 10 to 11 that One X holds."""
    event = office.book("10:00", "11:00")
    office.sync()
    office.told()
    office.asked("calendarView")
    return event


def postbox(office: Office) -> list[dict[str, Any]]:
    """Where notifications lie from here on, undelivered."""
    kept: list[dict[str, Any]] = []
    office.world.notifications = lambda url, payload: kept.append(payload)
    return kept


def deliver(client: Any, payload: dict[str, Any]) -> int:
    path = "/MSS/services/GraphNotificationService"
    return client.post(path, payload, content_type="application/json").status_code


# Notifications.


def test_c49_a_lost_notification_is_mended_by_the_next_reading(office: Office, meeting: Any) -> None:
    office.world.faults.add("notify", lose=True, times=None)
    office.world.delete(meeting.id)
    office.sync("07:40")
    assert office.told() == []
    office.sync("07:56")
    assert office.told() == ["clear v2"]


def test_c49_without_a_subscription_the_next_reading_is_five_minutes_away(office: Office) -> None:
    Subscription.objects.all().delete()
    SyncedUser.objects.wish()
    office.sync()
    office.world.faults.add("notify", lose=True, times=None)
    office.book("10:00", "11:00")
    office.sync("07:04")
    assert office.told() == []
    office.sync("07:06")
    assert office.told() == [f"set v1 {MEETING}"]


def test_c49_a_doubled_notification_is_one_reading(office: Office, meeting: Any) -> None:
    office.world.faults.add("notify", double=True)
    office.world.change(meeting.id, ends_at=at("12:00"))
    office.sync()
    assert (office.told(), office.asked("calendarView")) == (["set v2 10:00–12:00 meeting, back 12:00"], 1)


def test_c49_notifications_out_of_order_end_in_what_the_calendar_says(
    office: Office, meeting: Any, client: Any
) -> None:
    kept = postbox(office)
    office.world.change(meeting.id, ends_at=at("12:00"))
    office.world.delete(meeting.id)
    for payload in reversed(kept):
        assert deliver(client, payload) == 202
        office.sync()
    assert (len(kept), office.told(), office.held()) == (2, ["clear v2"], [])


def test_c49_a_late_notification_changes_nothing_any_more(office: Office, meeting: Any, client: Any) -> None:
    kept = postbox(office)
    office.world.change(meeting.id, ends_at=at("12:00"))
    SyncedUser.objects.wish()
    office.sync()
    office.told()
    assert deliver(client, kept[0]) == 202
    office.sync()
    assert office.told() == []


def test_c49_missed_reads_at_once_and_leaves_the_subscription(office: Office, meeting: Any) -> None:
    row = office.user().subscription
    office.world.faults.add("notify", lose=True)
    office.world.delete(meeting.id)
    office.world.lifecycle(row.remote_id, "missed")
    office.sync()
    assert office.told() == ["clear v2"]
    row.refresh_from_db()
    assert (row.remote_id in office.world.subscriptions, row.renew_at > timezone.now()) == (True, True)


def test_c49_subscription_removed_makes_a_new_one_and_reads(office: Office, meeting: Any) -> None:
    before = office.user().subscription.remote_id
    office.world.faults.add("notify", lose=True)
    office.world.delete(meeting.id)
    office.world.lifecycle(before, "subscriptionRemoved")
    watch.keep_house(timezone.now())
    office.sync()
    (now,) = office.world.subscriptions_of(office.person().id)
    assert (office.told(), office.user().subscription.remote_id, now.id == before) == (
        ["clear v2"],
        now.id,
        False,
    )


def test_c49_reauthorization_required_renews_and_reads_nothing(office: Office, meeting: Any) -> None:
    row = office.user().subscription
    office.move_to(at("07:00", day=1))
    office.world.lifecycle(row.remote_id, "reauthorizationRequired")
    assert office.user().dirty is False
    watch.keep_house(timezone.now())
    row.refresh_from_db()
    assert office.world.subscriptions[row.remote_id].expires_at == row.expires_at
    assert row.expires_at == at("07:00", day=1) + timedelta(minutes=10_080 - 15)


def test_c51_a_subscription_is_renewed_before_half_of_its_life_is_over(office: Office, meeting: Any) -> None:
    row = office.user().subscription
    life = row.expires_at - timezone.now()
    assert life == timedelta(minutes=10_080 - 15)
    assert 0.4 * life <= row.renew_at - timezone.now() <= 0.5 * life
    half = timezone.now() + life / 2
    office.move_to(half)
    while subscriptions.tend(office.provider, half):
        pass
    row.refresh_from_db()
    assert (row.expires_at, office.world.subscriptions[row.remote_id].expires_at) == (
        half + life,
        half + life,
    )


def test_c51_a_subscription_microsoft_has_dropped_in_silence_is_made_anew(office: Office) -> None:
    row = office.user().subscription
    office.world.unsubscribe(row.remote_id)
    office.move_to(row.renew_at)
    watch.keep_house(timezone.now())
    row.refresh_from_db()
    assert [each.id for each in office.world.subscriptions_of(office.person().id)] == [row.remote_id]


def test_c58_a_hundred_notifications_are_one_reading(office: Office, meeting: Any, knocks: Any) -> None:
    before = len(knocks)
    for minutes in range(100):
        office.world.change(meeting.id, ends_at=at("12:00") + timedelta(minutes=minutes))
    assert len(knocks) == before + 100
    office.sync()
    assert (office.told(), office.asked("calendarView")) == (["set v2 10:00–13:39 meeting, back 13:39"], 1)


def test_c58_a_change_during_the_reading_makes_one_more_right_after(
    office: Office, meeting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = iter([at("12:00"), at("13:00"), at("14:00")])

    def meanwhile(name: str) -> None:
        if name == "sync.read":
            for ends_at in changes:
                office.world.change(meeting.id, ends_at=ends_at)

    monkeypatch.setattr(faultpoints, "hook", meanwhile)
    SyncedUser.objects.filter(extension="anna").wish()
    office.sync()
    assert (office.told(), office.asked("calendarView")) == (["set v2 10:00–14:00 meeting, back 14:00"], 2)
    assert office.user().dirty is False


def test_c58_only_one_worker_gets_a_person(office: Office) -> None:
    SyncedUser.objects.wish()
    first = lease.claim(office.provider.pk, timezone.now(), 20)
    assert first is not None
    assert [user.extension for user in first.users] == ["anna", "bertil"]
    assert lease.claim(office.provider.pk, timezone.now(), 20) is None


def test_c63_a_clock_that_is_five_minutes_wrong_takes_nobody_from_a_worker(office: Office) -> None:
    SyncedUser.objects.wish()
    lease.claim(office.provider.pk, timezone.now(), 20)
    office.move_to(at("07:05"))
    assert lease.claim(office.provider.pk, timezone.now(), 20) is None
    office.move_to(at("06:55"))
    SyncedUser.objects.wish()
    assert lease.claim(office.provider.pk, timezone.now(), 20) is None


# Microsoft slow, refusing or away.


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


# One X.


def test_c56_a_refused_entry_stops_no_other_and_is_not_sent_again_until_it_changes(office: Office) -> None:
    office.book("10:00", "11:00", "oof")
    refused = office.world.pbx.reasons.pop("meeting")
    meeting = office.book("13:00", "14:00")
    office.sync()
    assert office.held() == ["10:00–11:00 away"]
    row = SyncedBooking.objects.get(blocked=True)
    assert (row.trouble, office.user().last_synced_at is None) == ("unknown_reason", False)
    before = office.asked("absences:apply")
    assert before > 0
    office.world.pbx.reasons["meeting"] = refused
    office.sync("09:00")
    assert office.asked("absences:apply") == 0
    office.world.change(meeting.id, ends_at=at("15:00"))
    office.sync()
    assert office.held() == ["10:00–11:00 away", "13:00–15:00 meeting, back 15:00"]
    assert SyncedBooking.objects.filter(blocked=True).count() == 0


def test_c56_without_the_diversion_service_a_diversion_is_information_only(office: Office) -> None:
    office.book("10:00", "11:00", who="bertil")
    office.sync()
    assert (office.held("bertil"), office.heard("10:30", who="bertil")) == (
        ["10:00–11:00 meeting"],
        "meeting",
    )


def test_c56_a_diversion_service_that_is_gone_is_noticed_by_the_refusal(office: Office) -> None:
    office.world.pbx.extensions["anna"].services.clear()
    office.book("10:00", "11:00")
    office.sync()
    assert (office.held(), office.user().diversion) == (["10:00–11:00 meeting"], False)
    assert SyncedBooking.objects.filter(blocked=True).count() == 0


def test_c56_a_very_long_title_is_cut(office: Office) -> None:
    office.book("10:00", "11:00", subject="å" * 300)
    office.sync()
    assert office.titles() == ["å" * 254 + "…"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"after_applying": True}, id="500 after it was done"),
        pytest.param({"after_applying": True, "reset": True}, id="no answer after it was done"),
        pytest.param({"after_applying": True, "garbage": True}, id="half an answer after it was done"),
        pytest.param({"reset": True}, id="no answer"),
        pytest.param({"status": 429, "retry_after": 60}, id="429"),
        pytest.param({"status": 503}, id="503"),
    ],
)
def test_c57_what_one_x_did_not_confirm_is_sent_again_under_the_same_key_and_version(
    office: Office, fault: dict[str, Any]
) -> None:
    office.world.faults.add("onex", "absences:apply", **fault)
    event = office.book("10:00", "11:00")
    synced_at = office.user().last_synced_at
    office.sync("07:01")
    assert (SyncedBooking.objects.pending().count(), office.user().last_synced_at) == (1, synced_at)
    asked = office.asked("calendarView")
    assert asked > 0
    office.sync("07:20")
    assert (SyncedBooking.objects.pending().count(), office.asked("calendarView")) == (0, 0)
    log = {(each.change.key, each.change.version) for each in office.world.pbx.log}
    assert (len(log), office.held()) == (1, [MEETING])
    assert office.user().last_synced_at == at("07:20")
    office.world.delete(event.id)
    office.sync()
    assert office.held() == []


def test_c57_numbers_behind_those_of_one_x_go_on_above_them(office: Office, meeting: Any) -> None:
    SyncedBooking.objects.update(version=1, delivered_version=0, attempted_version=0)
    held = office.world.pbx.held("contoso", "anna")[0]
    key = held.change.key
    office.world.pbx.apply("contoso", [{"op": "clear", "key": key, "extension": "anna", "version": 7}])
    SyncedUser.objects.wish()
    office.sync()
    assert office.held() == [MEETING]
    assert office.world.pbx.held("contoso", "anna")[0].version == 8


def test_c59_what_the_telephonist_did_by_hand_stands_until_the_booking_changes(
    office: Office, meeting: Any
) -> None:
    key = office.world.pbx.held("contoso", "anna")[0].change.key
    office.world.pbx.remove_by_hand(key)
    office.sync("08:00")
    office.sync("10:00")
    assert (office.told(), office.heard("10:30")) == ([], "-")
    office.world.change(meeting.id, ends_at=at("11:30"))
    office.sync()
    assert office.heard("10:30") == "meeting, back 11:30"


def test_c59_an_entry_changed_by_hand_is_not_changed_back(office: Office, meeting: Any) -> None:
    key = office.world.pbx.held("contoso", "anna")[0].change.key
    office.world.pbx.change_by_hand(key, reason="lunch")
    office.sync("10:00")
    assert (office.told(), office.heard("10:30")) == ([], "lunch, back 11:00")
