"""Two workers, many knocks, one truth: no meeting in the middle, nothing lost."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection
from django.utils import timezone

from calendarsync import engine
from calendarsync.models import SyncedUser
from mss.simulators.world import World

from ..calendarsync import arrange

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
