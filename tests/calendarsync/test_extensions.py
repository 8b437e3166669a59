"""Our copy of a company's extensions follows One X, but not into nonsense."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Company
from calendarsync import connect, engine, extensions, watch
from calendarsync.core.ports import Unavailable
from calendarsync.models import Provider, SyncedUser
from mss.simulators.world import World

from . import arrange

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(world: World) -> Provider:
    made = arrange.provider(world, ANNA, BERTIL, rules=("busy=meeting:announcement",))
    arrange.book(world, ANNA)
    arrange.book(world, BERTIL)
    arrange.synchronise()
    return made


def refresh() -> int:
    company = Company.objects.get()
    return extensions.refresh(company, connect.pbx(company), timezone.now())


def test_an_unchanged_list_touches_nobody(world: World, provider: Provider) -> None:
    assert refresh() == 0


def test_a_service_that_was_ordered_makes_diversions_of_what_was_information(
    world: World, provider: Provider
) -> None:
    assert [row[3] for row in arrange.shown(world, BERTIL)] == ["none"]
    world.pbx.extensions["bertil"].services.append("diversion")
    assert refresh() == 1
    engine.run()
    assert [row[3] for row in arrange.shown(world, BERTIL)] == ["announcement"]


def test_an_extension_that_came_back_is_followed_again(world: World, provider: Provider) -> None:
    kept = world.pbx.extensions.pop("anna")
    refresh()
    engine.run()
    assert arrange.user(ANNA).state == "blocked"
    world.pbx.extensions["anna"] = kept
    refresh()
    engine.run()
    user = arrange.user(ANNA)
    assert (user.state, user.trouble, user.trouble_since) == ("active", "", None)
    assert len(arrange.shown(world, ANNA)) == 1
    events = user.events.filter(code="extension_gone").order_by("pk")
    assert [each.what for each in events] == ["trouble", "well"]


def test_an_empty_list_is_not_believed(world: World, provider: Provider) -> None:
    world.pbx.extensions.clear()
    with pytest.raises(Unavailable):
        refresh()
    assert set(SyncedUser.objects.values_list("state", flat=True)) == {"active"}


def test_housekeeping_lists_once_a_day(world: World, provider: Provider) -> None:
    def listings() -> int:
        return sum(r.path.endswith("/extensions") for r in world.requests)

    before = listings()
    watch.keep_house(timezone.now())
    watch.keep_house(timezone.now())
    assert listings() - before == 1
    watch.keep_house(timezone.now() + timedelta(hours=25))
    assert listings() - before == 2
