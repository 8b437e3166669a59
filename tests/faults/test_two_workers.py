"""Two workers, many knocks, one truth: no meeting in the middle, nothing lost."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from calendarsync import connect, engine, erase, extensions, subscriptions
from calendarsync.models import SyncedUser
from mss.simulators.world import World

from ..calendarsync import arrange
from ..conftest import hire

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"


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
    emails = [f"p{n}@contoso.test" for n in range(30)]
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
            erase.remove_users(some(2), timezone.now())

    def keep_house() -> None:
        erase.expire(timezone.now())
        erase.finish()
        subscriptions.tend(made, timezone.now())

    jobs = [
        lambda: engine.turn(made.pk, timezone.now()),
        lambda: some(15).wish(),
        lambda: arrange.book(world, choose.choice(emails), choose.randint(2, 200)),
        list_extensions,
        remove,
        keep_house,
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
