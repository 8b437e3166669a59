"""Clear at One X first, then erase here; and nothing left afterwards."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db.models import ProtectedError
from django.utils import timezone

from calendarsync import engine, erase, subscriptions
from calendarsync.models import Provider, Subscription, SyncedBooking, SyncedUser
from mss.simulators.world import World

from . import arrange as f

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"
TITLE = "KANARIE-TITEL"

pytestmark = pytest.mark.django_db


def everything() -> str:
    """Every value of every table."""
    return "\n".join(str(row) for model in apps.get_models() for row in model._default_manager.values())


@pytest.fixture
def provider(world: World) -> Provider:
    made = f.provider(world, ANNA, BERTIL, all_private=False)
    f.book(world, ANNA, subject=TITLE)
    f.book(world, BERTIL, subject="Bertils")
    f.synchronise()
    return made


def test_a_removed_user_is_cleared_at_one_x_and_leaves_nothing(world: World, provider: Provider) -> None:
    assert TITLE in everything()
    erase.remove_users(SyncedUser.objects.filter(email=ANNA), timezone.now())
    assert TITLE not in everything()
    assert ANNA not in everything()
    engine.run()
    erase.finish()
    assert f.shown(world, ANNA) == []
    assert len(f.shown(world, BERTIL)) == 1
    assert "Anna Berg" not in everything()
    assert [user.email for user in SyncedUser.objects.all()] == [BERTIL]


def test_nothing_is_forgotten_while_one_x_may_show_it(world: World, provider: Provider) -> None:
    world.faults.add(face="onex", path="absences:apply", status=503, times=None)
    erase.remove_users(SyncedUser.objects.filter(email=ANNA), timezone.now())
    engine.run()
    erase.finish()
    assert SyncedUser.objects.filter(state="removing").count() == 1
    with pytest.raises(ProtectedError):
        SyncedUser.objects.filter(state="removing").delete()
    world.faults.clear()
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    SyncedUser.objects.update(due_at=timezone.now())
    engine.run()
    assert erase.finish() == (1, 0)
    assert f.shown(world, ANNA) == []


def test_a_removed_user_can_be_added_again_before_the_erasing_is_done(
    world: World, provider: Provider
) -> None:
    from calendarsync import connect, userlist

    world.faults.add(face="onex", path="absences:apply", status=503, times=None)
    erase.remove_users(SyncedUser.objects.filter(email=ANNA), timezone.now())
    engine.run()
    rows = userlist.resolve([userlist.Row(1, ANNA)], provider, connect.pbx(provider.company).search(""))
    userlist.add(rows, provider, timezone.now())
    world.faults.clear()
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    SyncedUser.objects.update(due_at=timezone.now())
    engine.run()
    erase.finish()
    assert len(f.shown(world, ANNA)) == 1
    assert SyncedBooking.objects.filter(synced_user=f.user(ANNA)).count() == 1


def test_a_removed_provider_goes_when_the_last_user_has(world: World, provider: Provider) -> None:
    erase.remove_provider(provider, timezone.now())
    engine.run()
    while subscriptions.tend(Provider.objects.get(), timezone.now()):
        pass
    assert erase.finish() == (2, 1)
    assert (Provider.objects.count(), SyncedBooking.objects.count(), Subscription.objects.count()) == (
        0,
        0,
        0,
    )
    assert (f.shown(world, ANNA), f.shown(world, BERTIL)) == ([], [])


@pytest.mark.parametrize("switch", [Provider, SyncedUser])
def test_switched_off_withdraws_and_on_again_restores(world: World, provider: Provider, switch: type) -> None:
    switch._default_manager.update(active=False)
    f.synchronise()
    assert f.shown(world, ANNA) == []
    assert SyncedUser.objects.count() == 2
    switch._default_manager.update(active=True)
    f.synchronise()
    assert len(f.shown(world, ANNA)) == 1


def test_an_ended_booking_stands_thirty_days_and_is_then_cleared_and_erased(
    world: World, provider: Provider
) -> None:
    end = SyncedBooking.objects.get(synced_user__email=ANNA).ends_at
    with time_machine.travel(end + timedelta(days=30, minutes=-1)):
        erase.expire(timezone.now())
        engine.run()
        assert len(f.shown(world, ANNA)) == 1
    with time_machine.travel(end + timedelta(days=30, minutes=1)):
        erase.expire(timezone.now())
        engine.run()
        assert f.shown(world, ANNA) == []
        assert TITLE not in everything()


def test_what_expires_is_erased_also_while_the_calendar_cannot_be_read(
    world: World, provider: Provider
) -> None:
    world.faults.add(face="graph", status=503, times=None)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        erase.expire(timezone.now())
        engine.run()
        assert f.shown(world, ANNA) == []
        assert SyncedBooking.objects.count() == 0


def test_a_subscription_of_a_removed_user_is_taken_down(
    world: World, provider: Provider, knocks: list[object]
) -> None:
    while subscriptions.tend(provider, timezone.now()):
        pass
    assert len(world.subscriptions) == 2
    erase.remove_users(SyncedUser.objects.filter(email=ANNA), timezone.now())
    engine.run()
    while subscriptions.tend(provider, timezone.now()):
        pass
    erase.finish()
    assert len(world.subscriptions) == 1
    assert Subscription.objects.count() == 1
