"""Two workers, many knocks, one truth: no meeting in the middle, nothing lost."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from calendarsync import connect, engine, erase, extensions, lease, subscriptions
from calendarsync.models import Provider, SyncedUser
from calendarsync.sync import sync
from mss.simulators.world import World

from ..calendarsync import arrange
from ..conftest import hire

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"

Write = Callable[[], object]


@pytest.mark.django_db(transaction=True)
def test_three_workers_and_a_busy_calendar_end_equal(world: World) -> None:
    made = arrange.provider(world, ANNA, BERTIL)
    stop, choose = Event(), random.Random(7)

    def work() -> None:
        try:
            while not stop.is_set():
                engine.turn(made.pk, timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(work) for _ in range(3)]
        try:
            _live(world, choose)
        finally:
            stop.set()
        for worker in workers:
            worker.result()
    SyncedUser.objects.update(not_before=None)
    engine.run()
    for email in (ANNA, BERTIL):
        person = world.person(email).id
        booked = sorted(event.starts_at for event in world.events.values() if event.person_id == person)
        assert [row[0] for row in arrange.shown(world, email)] == booked
    assert SyncedUser.objects.exclude(lease_token=None).count() == 0


def _live(world: World, choose: random.Random) -> None:
    """Sixty changes, each knocked for."""
    booked = []
    for n in range(60):
        if booked and choose.random() < 0.5:
            event = booked.pop(choose.randrange(len(booked)))
            if choose.random() < 0.5:
                world.delete(event.id)
            else:
                booked.append(world.change(event.id, starts_at=event.starts_at - timedelta(minutes=7)))
        else:
            booked.append(arrange.book(world, choose.choice([ANNA, BERTIL]), 2 + n, 0.5))
        SyncedUser.objects.update(not_before=None)
        SyncedUser.objects.all().wish()


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_users_at_the_same_time_waits_and_never_for_each_other(world: World) -> None:
    """Workers, knocks, removals, the list of extensions and the upkeep: two seconds of each, no deadlock."""
    emails = [f"p{n}@contoso.test" for n in range(80)]
    for n, email in enumerate(emails):
        hire(world, next(iter(world.tenants.values())), email.split("@")[0], f"+4610200{n:04}")
    made, choose = arrange.provider(world, *emails), random.Random(7)
    pks = list(SyncedUser.objects.values_list("pk", flat=True))

    def some(number: int) -> Any:
        return SyncedUser.objects.filter(pk__in=choose.sample(pks, number))

    def list_extensions() -> None:
        for each in choose.sample(list(world.pbx.extensions.values()), 5):
            each.services[:] = choose.choice([[], ["diversion"]])
        extensions.refresh(made.company, connect.pbx(made.company), timezone.now())

    def remove() -> None:
        if SyncedUser.objects.listed().count() > 20:
            erase.remove_users(some(3), timezone.now())

    jobs = [
        lambda: engine.turn(made.pk, timezone.now()),
        lambda: some(15).wish(),
        lambda: arrange.book(world, choose.choice(emails), choose.randint(2, 200)),
        list_extensions,
        remove,
        erase.finish,
        lambda: erase.expire(timezone.now()),
        lambda: subscriptions.tend(made, timezone.now()),
    ]
    assert _all_at_once([jobs[0], jobs[0], jobs[1], jobs[1], *jobs]) == []


def _all_at_once(jobs: Sequence[Callable[[], object]]) -> list[Exception]:
    """Each over and over in a thread of its own for two seconds; what they raised."""
    stop = Event()
    raised: list[Exception] = []

    def work(job: Callable[[], object]) -> None:
        try:
            while not stop.wait(0.002):
                job()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for job in jobs:
            pool.submit(work, job)
        stop.wait(2)
        stop.set()
    return raised


def wishing(made: Provider) -> Write:
    return lambda: made.users.wish()


def removing(made: Provider) -> Write:
    return lambda: erase.remove_users(made.users.all(), timezone.now())


def erasing(made: Provider) -> Write:
    made.users.update(state=SyncedUser.State.REMOVING)
    return erase.finish


def listing_extensions(made: Provider) -> Write:
    made.users.update(name="as it was")
    pbx = connect.pbx(made.company)
    return lambda: extensions.refresh(made.company, pbx, timezone.now())


def renewing(made: Provider) -> Write:
    return claimed(made).renew


def releasing(made: Provider) -> Write:
    held = claimed(made)
    return lambda: lease.release(held, timezone.now())


def letting_go(made: Provider) -> Write:
    held = claimed(made)
    return lambda: lease.let_go(held, timezone.now())


def storing(made: Provider) -> Write:
    held = claimed(made)
    return lambda: sync(held, timezone.now())


def claimed(made: Provider) -> lease.Lease:
    held = lease.claim(made.pk, timezone.now(), 20)
    assert held is not None
    return held


WRITERS = [wishing, removing, erasing, listing_extensions, renewing, releasing, letting_go, storing]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_two_who_write_the_same_users_wait_one_for_the_other_and_not_both(
    world: World, writer: Callable[[Provider], Write]
) -> None:
    made = arrange.provider(world, ANNA, BERTIL)
    write = writer(made)
    first, second = made.users.order_by("pk")
    # Now its row lies behind the other's, in the indexes too.
    SyncedUser.objects.filter(pk=first.pk).update(due_at=timezone.now())

    def writing() -> None:
        write()
        connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        SyncedUser.objects.filter(pk=first.pk).locked()
        other = pool.submit(writing)
        wait([other], timeout=0.3)
        SyncedUser.objects.filter(pk=second.pk).locked()
    assert other.exception() is None
