"""What happened to a user is told in codes and times, once, and not longer than the booking is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from calendarsync import engine, erase, history
from calendarsync.models import HourlyFigures, Provider, SyncedBooking, SyncedUser, UserEvent

from ..core.samples import WEDNESDAY, at, clock
from .factories import Office


def told(office: Office, who: str = "anna") -> list[str]:
    """The events of a user, the oldest first, each as one line."""
    return [line(event) for event in UserEvent.objects.filter(synced_user=office.user(who)).order_by("pk")]


def line(event: UserEvent) -> str:
    times = f"{clock(event.starts_at)}–{clock(event.ends_at)} {event.reason}" if event.starts_at else ""
    if event.starts_before:
        times = f"{clock(event.starts_before)}–{clock(event.ends_before)} {event.reason_before} → {times}"
    return " ".join(filter(None, [event.what, event.code, times]))


@contextmanager
def written() -> Iterator[list[str]]:
    """Every statement that writes to a table of the history."""
    seen: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and any(
            model._meta.db_table in sql.split("WHERE")[0] for model in (UserEvent, HourlyFigures)
        ):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def test_a_booking_is_followed_from_its_beginning_to_its_end(office: Office) -> None:
    event = office.book("09:00", "10:30")
    office.sync()
    office.world.change(event.id, ends_at=at("11:00"))
    office.sync()
    office.world.change(event.id, show_as="free")
    office.sync()
    assert told(office) == [
        "set rule 09:00–10:30 meeting",
        "changed rule 09:00–10:30 meeting → 09:00–11:00 meeting",
        "cleared rule_off 09:00–11:00 meeting",
    ]


def test_a_booking_that_was_deleted_or_made_private_looks_the_same(office: Office) -> None:
    deleted, private = office.book("09:00", "10:00"), office.book("09:00", "10:00", who="bertil")
    office.sync()
    office.world.delete(deleted.id)
    office.world.change(private.id, sensitivity="private")
    office.sync()
    assert told(office)[-1] == told(office, "bertil")[-1] == "cleared gone 09:00–10:00 meeting"


def test_a_booking_that_comes_back_is_added_again(office: Office) -> None:
    event = office.book("09:00", "10:00")
    office.sync()
    for show_as in ("free", "busy"):
        office.world.change(event.id, show_as=show_as)
        office.sync()
    assert [each.split()[0] for each in told(office)] == ["set", "cleared", "set"]


def test_an_all_day_booking_is_told_as_one_to_its_end(office: Office) -> None:
    event = office.book_days(WEDNESDAY, WEDNESDAY + timedelta(days=1))
    office.sync()
    office.world.delete(event.id)
    office.sync()
    assert list(UserEvent.objects.order_by("pk").values_list("what", "all_day")) == [
        ("set", True),
        ("cleared", True),
    ]


def test_switched_off_says_so(office: Office, meeting: Any) -> None:
    office.set(active=False)
    office.sync()
    assert told(office)[-1] == "cleared stopped 10:00–11:00 meeting"


def test_what_follows_from_another_booking_or_from_a_title_is_no_event(office: Office, meeting: Any) -> None:
    office.book("11:00", "12:00")
    office.sync()
    assert office.held()[0].endswith("back 12:00")  # of the first, whose return time is another now
    office.set(all_private=True)
    office.sync()
    assert office.titles() == [None, None]
    assert told(office) == ["set rule 10:00–11:00 meeting", "set rule 11:00–12:00 meeting"]


def test_an_event_knows_when_it_was_asked_for(office: Office) -> None:
    office.book("09:00", "10:00")
    office.sync("07:01")
    office.world.notifications = lambda url, payload: None
    office.book("11:00", "12:00")
    SyncedUser.objects.update(read_due_at=timezone.now(), due_at=timezone.now())
    office.sync()
    events = UserEvent.objects.order_by("pk")
    assert [(each.at, each.asked_at) for each in events] == [(at("07:01"), at("07:00")), (at("07:01"), None)]


def test_an_unchanged_pass_writes_no_event_and_one_row_of_figures(office: Office, meeting: Any) -> None:
    office.move_to(at("08:00"))
    with written() as statements:
        SyncedUser.objects.update(read_due_at=timezone.now(), due_at=timezone.now())
        turns = office.sync()
    assert sum(len(turn.stored.read) for turn in turns) == 2
    assert len(turns) == 1
    assert [each.split()[0] for each in statements] == [
        "INSERT",
        "UPDATE",
    ]  # the row of the hour, and its figures
    assert HourlyFigures.objects.filter(hour=at("08:00")).get().updated == 2


# What One X answers


def test_a_refusal_is_told_once_however_often_it_is_sent(office: Office) -> None:
    office.rule("busy", reason="nosuch")
    office.book("20:00", "21:00", day=3)
    office.sync()
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    SyncedUser.objects.update(due_at=timezone.now())
    office.sync()
    assert SyncedBooking.objects.get().attempts == 2
    assert told(office)[1:] == ["refused unknown_reason 20:00–21:00 nosuch"]


def test_waiting_for_one_x_is_told_once_a_user(office: Office) -> None:
    office.world.faults.add(face="onex", path="absences:apply", status=503, times=None)
    office.book("09:00", "10:00")
    office.book("11:00", "12:00")
    office.sync()
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    SyncedUser.objects.update(due_at=timezone.now())
    office.sync()
    assert told(office)[2:] == ["waiting server_error"]


# Trouble


def test_a_trouble_begins_and_ends(office: Office) -> None:
    office.person().mailbox = False
    office.user().provider.users.wish()
    office.sync()
    office.person().mailbox = True
    office.user().provider.users.wish()
    office.sync()
    assert told(office) == ["trouble no_mailbox", "well no_mailbox"]
    assert told(office, "bertil") == []


def test_a_trouble_that_passes_at_once_is_none(office: Office) -> None:
    fault = office.world.faults.add(face="graph", path="calendarView", status=503, part=True, times=2)
    office.provider.users.wish()
    office.sync()
    assert office.user().trouble == "server_error"
    office.sync("07:20")
    assert office.user().trouble == ""
    assert fault.times == 0
    assert told(office) == []


def test_a_trouble_that_lasts_is_told_once_whatever_it_is_called(office: Office) -> None:
    for minute, status in enumerate([503, 503, 429, 503], start=1):
        office.world.faults.clear()
        office.world.faults.add(face="graph", path="calendarView", status=status, part=True, times=None)
        SyncedUser.objects.update(not_before=None)
        office.provider.users.wish()
        office.sync(f"07:{minute * 15:02}" if minute < 4 else "08:00")
    assert told(office) == ["trouble server_error"]
    office.world.faults.clear()
    office.sync("08:20")
    assert [each.split()[0] for each in told(office)] == ["trouble", "well"]


# Reading


def test_events_come_fifty_a_page_the_newest_first(office: Office) -> None:
    user = office.user()
    for n in range(51):
        event = UserEvent(synced_user=user, what="trouble", code=f"nr {n}")
        history.write([event], timezone.now())
    first, last = history.events(user, 1), history.events(user, "2")
    assert [event.code for event in first][:2] == ["nr 50", "nr 49"]
    assert [event.code for event in last] == ["nr 0"]
    assert first.paginator.num_pages == 2
    assert list(history.events(office.user("bertil"), "nonsense")) == []


# Its end


def test_events_are_erased_thirty_days_after_the_end_of_the_booking(office: Office, meeting: Any) -> None:
    office.world.delete(meeting.id)
    office.sync()
    office.move_to(at("10:59", 30))
    erase.expire(timezone.now())
    assert len(told(office)) == 2
    office.move_to(at("11:01", 30))
    erase.expire(timezone.now())
    assert told(office) == []


def test_what_was_told_of_a_booking_goes_with_its_last_end(office: Office) -> None:
    """A meeting far ahead is moved to today: what told of it as it was far ahead is erased with it."""
    sooner, later = office.book("10:00", "11:00", day=9), office.book("15:00", "16:00")
    office.sync()
    office.world.change(sooner.id, starts_at=at("10:00"), ends_at=at("11:00"))
    office.world.change(later.id, starts_at=at("15:00", 9), ends_at=at("16:00", 9))
    office.sync()
    office.move_to(at("11:01", 30))
    erase.expire(timezone.now())
    assert [clock(event.starts_at) for event in UserEvent.objects.all() if event.starts_at] == ["15:00"] * 2
    office.move_to(at("16:01", 30))
    erase.expire(timezone.now())
    assert told(office) == ["changed rule 15:00–16:00 meeting → 15:00–16:00 meeting"]


def test_a_trouble_is_forgotten_after_thirty_days(office: Office) -> None:
    history.write([UserEvent(synced_user=office.user(), what="trouble", code="no_mailbox")], timezone.now())
    erase.expire(timezone.now() + timedelta(days=29))
    assert told(office) == ["trouble no_mailbox"]
    erase.expire(timezone.now() + timedelta(days=31))
    assert told(office) == []


def test_only_the_newest_events_of_a_user_are_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erase, "EVENTS_KEPT", 3)
    for who, number in (("anna", 5), ("bertil", 3)):
        events = [UserEvent(synced_user=office.user(who), what="trouble", code=str(n)) for n in range(number)]
        history.write(events, timezone.now())
    erase.trim_events()
    assert told(office) == ["trouble 2", "trouble 3", "trouble 4"]
    assert told(office, "bertil") == ["trouble 0", "trouble 1", "trouble 2"]


def test_a_removed_user_takes_their_events_along(office: Office, meeting: Any) -> None:
    office.book("09:00", "10:00", who="bertil")
    office.sync()
    anna = office.user().pk
    erase.remove_users(SyncedUser.objects.filter(pk=anna), timezone.now())
    engine.run()
    erase.finish()
    assert UserEvent.objects.filter(synced_user=anna).count() == 0
    assert len(told(office, "bertil")) == 1


def test_nothing_is_told_of_somebody_being_removed(office: Office, meeting: Any) -> None:
    """Nor where One X does not take the clearing, so that the row of the user stays for a while."""
    office.world.faults.add(face="onex", path="absences:apply", status=503, times=None)
    erase.remove_users(SyncedUser.objects.filter(pk=office.user().pk), timezone.now())
    engine.run()
    erase.finish()
    assert SyncedUser.objects.filter(state="removing").count() == 1
    assert UserEvent.objects.count() == 0


def test_a_removed_provider_leaves_no_history(office: Office, meeting: Any) -> None:
    assert HourlyFigures.objects.count() > 0
    erase.remove_provider(office.provider, timezone.now())
    engine.run()
    Provider.objects.get().subscriptions.all().delete()
    erase.finish()
    assert (Provider.objects.count(), UserEvent.objects.count(), HourlyFigures.objects.count()) == (0, 0, 0)
