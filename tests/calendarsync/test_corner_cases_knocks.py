"""Corner cases of notifications and workers: lost, doubled, late, many; and who works on whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calendarsync import faultpoints, lease, subscriptions, watch
from calendarsync.models import Subscription, SyncedUser

from .factories import Office, at

MEETING = "10:00–11:00 meeting, back 11:00"


def postbox(office: Office) -> list[dict[str, Any]]:
    """Where notifications lie from here on, undelivered."""
    kept: list[dict[str, Any]] = []
    office.world.notifications = lambda url, payload: kept.append(payload)
    return kept


def deliver(client: Any, payload: dict[str, Any]) -> int:
    path = "/MSS/services/GraphNotificationService"
    return client.post(path, payload, content_type="application/json").status_code


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
