"""Who is followed no longer leaves nothing at One X and nothing here, whenever that is decided."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from calendarsync import connect, engine, erase, extensions
from calendarsync.models import Provider, SyncedBooking, SyncedUser
from mss.simulators.world import World

from . import arrange as f
from . import during

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(world: World) -> Provider:
    return f.provider(world, ANNA, BERTIL, all_private=False)


@pytest.fixture
def ended(world: World, provider: Provider) -> Iterator[None]:
    """A booking of Anna's that One X holds, with its title, and that is over since an hour."""
    f.book(world, ANNA, 1)
    f.synchronise()
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        yield


def remove(email: str) -> None:
    erase.remove_users(SyncedUser.objects.filter(email=email), timezone.now())


def titles(world: World) -> list[str | None]:
    return [each.change.absence.title for each in world.pbx.held("contoso") if each.change.absence]


@pytest.mark.parametrize(
    "stop",
    [
        lambda: remove(ANNA),
        lambda: SyncedUser.objects.filter(email=ANNA).update(active=False),
        lambda: Provider.objects.update(active=False),
    ],
    ids=["removed", "inactive", "provider inactive"],
)
def test_what_has_ended_is_cleared_too(world: World, ended: None, stop: Callable[[], object]) -> None:
    assert len(f.shown(world, ANNA)) == 1
    stop()
    f.synchronise()
    assert f.shown(world, ANNA) == []
    assert SyncedBooking.objects.count() == 0


def test_who_had_only_ended_bookings_is_erased_at_once(world: World, ended: None) -> None:
    remove(ANNA)
    engine.run()
    erase.finish()
    assert list(SyncedUser.objects.values_list("email", flat=True)) == [BERTIL]


def test_titles_of_what_has_ended_go_when_all_meetings_are_private(world: World, ended: None) -> None:
    assert titles(world) == ["Planering"]
    Provider.objects.update(all_private=True)
    f.synchronise()
    assert world.pbx.held("contoso") == []
    assert SyncedBooking.objects.count() == 0


def test_titles_of_what_stands_unread_go_too(world: World, provider: Provider) -> None:
    """Microsoft is away: the bookings stay, their titles do not."""
    event = f.book(world, ANNA)
    f.synchronise()
    Provider.objects.update(all_private=True)
    world.faults.add("graph", "calendarView", status=503, part=True, times=None)
    f.synchronise()
    assert f.shown(world, ANNA) == [(event.starts_at, event.ends_at, "meeting", "none")]
    assert titles(world) == [None]


def test_a_removal_while_extensions_are_listed_stays_a_removal(world: World, provider: Provider) -> None:
    world.pbx.extensions["anna"].name = "Anna Ny"
    removal = Thread(target=lambda: (remove(ANNA), connection.close()))

    def once_users_were_looked_at(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if '"calendarsync_synceduser"."name"' in sql and removal.ident is None:
            removal.start()
            removal.join(0.5)  # it waits for the list if that is safe
        return found

    with connection.execute_wrapper(once_users_were_looked_at):
        extensions.refresh(provider.company, connect.pbx(provider.company), timezone.now())
    removal.join()
    left = SyncedUser.objects.exclude(email=BERTIL).values_list("state", "email", "name", "number")
    assert list(left) == [("removing", "", "", "")]


def test_who_is_removed_while_the_mailbox_is_looked_up_leaves_no_address(
    world: World, provider: Provider
) -> None:
    during.asked(world, "calendarView", lambda: remove(ANNA))
    engine.run()
    kept = SyncedUser.objects.exclude(email=BERTIL).values_list("state", "mailbox_id", "addresses")
    assert list(kept) == [("removing", "", [])]


def test_who_is_stopped_during_a_reading_is_withdrawn_in_the_same_pass(
    world: World, provider: Provider
) -> None:
    for hours in range(1, 7):
        f.book(world, ANNA, hours)
    f.synchronise()
    anna = SyncedUser.objects.filter(email=ANNA)
    with during.between("sync.read", lambda: anna.update(active=False)):
        f.periodic(ANNA)
    assert f.shown(world, ANNA) == []


def test_an_extension_lost_during_a_reading_is_followed_when_it_is_back(
    world: World, provider: Provider
) -> None:
    f.book(world, ANNA)
    f.synchronise()

    def list_extensions() -> None:
        extensions.refresh(provider.company, connect.pbx(provider.company), timezone.now())

    lost = world.pbx.extensions.pop("anna")
    with during.between("sync.read", list_extensions):
        f.synchronise(ANNA)
    user = f.user(ANNA)
    assert (user.state, user.trouble, f.shown(world, ANNA)) == ("blocked", "extension_gone", [])
    world.pbx.extensions["anna"] = lost
    list_extensions()
    engine.run()
    user = f.user(ANNA)
    assert (user.state, user.trouble, len(f.shown(world, ANNA))) == ("active", "", 1)


def test_an_extension_there_and_back_while_one_x_is_away_is_shown_once(
    world: World, provider: Provider
) -> None:
    event = f.book(world, ANNA)
    f.synchronise()
    world.faults.add("onex", "absences:apply", status=503, times=None)
    anna = SyncedUser.objects.filter(email=ANNA)
    for extension in ("cecilia", "anna"):
        anna.update(extension=extension)
        f.synchronise(ANNA)
    world.faults.clear()
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    anna.update(due_at=timezone.now())
    engine.run()
    assert f.shown(world, ANNA) == [(event.starts_at, event.ends_at, "meeting", "none")]
    assert f.shown(world, "cecilia@contoso.test") == []
    assert list(SyncedBooking.objects.values_list("extension", "version", "delivered_version")) == [
        ("anna", 3, 3)
    ]
