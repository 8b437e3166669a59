"""A wish that nobody made does not pass the brake, and the engine does not wear itself out over it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from calendarsync import connect, engine, extensions, subscriptions
from calendarsync.models import Provider, Subscription
from mss.simulators.world import World

from . import arrange as f

ANNA = "anna@contoso.test"

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(world: World, knocks: Any) -> Provider:
    """Six bookings of Anna's that One X holds, and a live subscription."""
    made = f.provider(world, ANNA, all_private=False)
    for hours in range(1, 7):
        f.book(world, ANNA, hours)
    f.synchronise()
    subscriptions.tend(made, timezone.now())
    engine.run()
    return made


def made_anew(world: World, provider: Provider) -> None:
    world.subscriptions.clear()
    Subscription.objects.update(remote_id="", renew_at=timezone.now())
    subscriptions.tend(provider, timezone.now())


def missed(world: World, provider: Provider) -> None:
    [subscription] = world.subscriptions
    world.lifecycle(subscription, "missed")


def another_service(world: World, provider: Provider) -> None:
    world.pbx.extensions["anna"].services.clear()
    extensions.refresh(provider.company, connect.pbx(provider.company), timezone.now())


UNASKED = [made_anew, missed, another_service]


def vanish(world: World) -> None:
    """Microsoft answers without them, and nobody has knocked for that."""
    knock, world.notifications = world.notifications, lambda url, payload: None
    for event in list(world.events.values()):
        world.delete(event.id)
    world.notifications = knock


@pytest.mark.parametrize("wish", UNASKED, ids=lambda wish: wish.__name__)
def test_a_calendar_that_is_empty_when_the_service_itself_looks_is_not_believed(
    world: World, provider: Provider, wish: Callable[[World, Provider], None]
) -> None:
    vanish(world)
    wish(world, provider)
    assert f.user(ANNA).dirty
    engine.turn(provider.pk, timezone.now())
    assert len(f.shown(world, ANNA)) == 6
    assert f.user(ANNA).suspect_since is not None


def test_what_is_not_believed_is_looked_at_again_in_a_minute_and_not_at_once(
    world: World, provider: Provider
) -> None:
    vanish(world)
    made_anew(world, provider)
    assert engine.turn(provider.pk, timezone.now()) is not None
    assert engine.turn(provider.pk, timezone.now()) is None


def test_bookings_that_came_back_private_have_not_vanished(world: World, provider: Provider) -> None:
    world.notifications = lambda url, payload: None
    for event in list(world.events.values()):
        world.change(event.id, sensitivity="private")
    f.periodic()
    assert f.shown(world, ANNA) == []
