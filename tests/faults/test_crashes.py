"""A worker may die between any two steps: afterwards One X holds what the calendar says, and nothing hangs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calendarsync import engine, faultpoints
from calendarsync.models import SyncedBooking, SyncedUser
from mss.simulators.world import World

from ..calendarsync import arrange

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"

POINTS = [
    "turn.claimed",
    "sync.claimed",
    "sync.read",
    "sync.before_commit",
    "sync.stored",
    "deliver.before_noting_commit",
    "deliver.noted",
    "deliver.answered",
    "deliver.before_commit",
    "deliver.committed",
    "turn.before_release",
]


class Death(BaseException):
    """Not an Exception: nothing on the way may survive it, as nothing survives SIGKILL."""


class Dies:
    """Raises at the n-th passing of a fault point, once; remembers every point passed."""

    def __init__(self, name: str, times: int = 1) -> None:
        self.name, self.left = name, times
        self.passed: list[str] = []

    def __enter__(self) -> "Dies":
        faultpoints.hook = self.at
        return self

    def __exit__(self, *error: object) -> None:
        faultpoints.hook = None

    def at(self, name: str) -> None:
        self.passed.append(name)
        if name == self.name:
            self.left -= 1
            if self.left == 0:
                raise Death(name)


def resume() -> None:
    """The dead worker's lease runs out, and what it left is due."""
    SyncedUser.objects.update(lease_until=timezone.now() - timedelta(seconds=1), due_at=timezone.now())
    SyncedBooking.objects.update(next_attempt_at=timezone.now())
    engine.run()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_this_point_is_made_good(world: World, point: str) -> None:
    arrange.provider(world, ANNA, BERTIL, rules=("busy=meeting:announcement",))
    moved, deleted = arrange.book(world, ANNA, 1), arrange.book(world, ANNA, 4)
    arrange.synchronise()
    world.change(moved.id, ends_at=moved.ends_at + timedelta(minutes=30))
    world.delete(deleted.id)
    added, other = arrange.book(world, ANNA, 7), arrange.book(world, BERTIL, 2)
    SyncedUser.objects.all().wish()
    with Dies(point), pytest.raises(Death):
        engine.run()
    resume()
    assert arrange.shown(world, ANNA) == [
        (moved.starts_at, moved.ends_at + timedelta(minutes=30), "meeting", "announcement"),
        (added.starts_at, added.ends_at, "meeting", "announcement"),
    ]
    assert arrange.shown(world, BERTIL) == [(other.starts_at, other.ends_at, "meeting", "none")]
    assert SyncedBooking.objects.pending().count() == 0
    assert SyncedUser.objects.exclude(lease_token=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_pass_goes_through_every_point(world: World) -> None:
    arrange.provider(world, ANNA)
    arrange.book(world, ANNA)
    with Dies("none") as seen:
        engine.run()
    assert list(dict.fromkeys(seen.passed)) == POINTS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["sync.read", "deliver.noted", "deliver.answered"])
def test_a_worker_that_slept_beyond_its_lease_changes_nothing_newer(world: World, point: str) -> None:
    """It wakes while another has taken over, read a newer calendar and told One X."""
    arrange.provider(world, ANNA)
    event = arrange.book(world, ANNA)
    SyncedUser.objects.all().wish()
    slept = []

    def sleep(name: str) -> None:
        if name == point and not slept:
            slept.append(name)
            world.change(event.id, ends_at=event.ends_at + timedelta(hours=1))
            SyncedUser.objects.all().wish()
            resume()

    faultpoints.hook = sleep
    try:
        engine.run()
    finally:
        faultpoints.hook = None
    resume()
    assert [row[1] for row in arrange.shown(world, ANNA)] == [event.ends_at + timedelta(hours=1)]
    row = SyncedBooking.objects.get()
    assert row.version == row.delivered_version
