"""One conditional UPDATE decides who works on a user."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from calendarsync import engine, lease
from calendarsync.models import SyncedUser
from mss.simulators.world import World

from . import arrange as f

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"


@pytest.fixture
def provider(world: World, db: None) -> int:
    return f.provider(world, ANNA, BERTIL).pk


def test_a_claim_takes_due_users_and_counts_itself(provider: int) -> None:
    held = lease.claim(provider, timezone.now(), limit=20)
    assert held is not None
    assert [user.email for user in held.users] == [ANNA, BERTIL]
    assert [user.claims_without_release for user in held.users] == [1, 1]


def test_what_is_claimed_cannot_be_claimed_again(provider: int) -> None:
    lease.claim(provider, timezone.now(), limit=1)
    second = lease.claim(provider, timezone.now(), limit=20)
    assert second is not None
    assert [user.email for user in second.users] == [BERTIL]
    assert lease.claim(provider, timezone.now(), limit=20) is None


def test_a_lease_that_ran_out_is_taken_over_and_the_old_holder_writes_nothing(provider: int) -> None:
    old = lease.claim(provider, timezone.now(), limit=20)
    assert old is not None
    SyncedUser.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    new = lease.claim(provider, timezone.now(), limit=20)
    assert new is not None
    [taken] = new.users
    assert new.renew() == {taken.pk}
    assert taken.pk not in old.renew()
    old.rows().update(trouble="written by the old holder")
    assert SyncedUser.objects.get(pk=taken.pk).trouble == ""


def test_who_was_claimed_without_an_end_is_claimed_alone(provider: int) -> None:
    SyncedUser.objects.filter(email=ANNA).update(claims_without_release=1)
    first, second = (lease.claim(provider, timezone.now(), limit=20) for _ in range(2))
    assert first is not None
    assert second is not None
    assert [[user.email for user in each.users] for each in (first, second)] == [[BERTIL], [ANNA]]


def test_a_wish_made_meanwhile_is_due_at_once_after_release(provider: int) -> None:
    held = lease.claim(provider, timezone.now(), limit=20)
    assert held is not None
    SyncedUser.objects.update(read_seq=1, read_due_at=timezone.now() + timedelta(hours=1))
    SyncedUser.objects.filter(email=ANNA).wish()
    lease.release(held, timezone.now())
    assert [user.email for user in lease.due(timezone.now())] == [ANNA]


def test_a_release_forgets_the_claim(provider: int) -> None:
    held = lease.claim(provider, timezone.now(), limit=20)
    assert held is not None
    lease.release(held, timezone.now())
    assert (
        list(SyncedUser.objects.values_list("lease_token", "lease_until", "claims_without_release"))
        == [(None, None, 0)] * 2
    )


def test_ten_wishes_are_one_reading(world: World, provider: int) -> None:
    f.synchronise()
    for _ in range(10):
        SyncedUser.objects.filter(email=ANNA).wish()
    world.requests.clear()
    turns = engine.run()
    assert [turn.stored.read for turn in turns] == [{f.user(ANNA).pk}]
    assert not f.user(ANNA).dirty


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_share_fifty_users_without_meeting(world: World) -> None:
    made = f.provider(world)
    SyncedUser.objects.bulk_create(
        SyncedUser(company=made.company, provider=made, email=f"{n}@contoso.test", extension=str(n))
        for n in range(50)
    )
    start = Barrier(16)

    def work() -> list[int]:
        start.wait()
        taken: list[int] = []
        while held := lease.claim(made.pk, timezone.now(), limit=3):
            taken += [user.pk for user in held.users]
        connection.close()
        return taken

    with ThreadPoolExecutor(16) as pool:
        jobs = [pool.submit(work) for _ in range(16)]
        taken = [pk for job in jobs for pk in job.result()]
    assert sorted(taken) == sorted(SyncedUser.objects.values_list("pk", flat=True))


def test_turns_are_taken_one_at_a_time(world: World, db: None) -> None:
    made = f.provider(world)
    SyncedUser.objects.bulk_create(
        SyncedUser(company=made.company, provider=made, email=f"{n}@contoso.test", extension=str(n))
        for n in range(engine.CHUNK_AFTER_KNOCKS + 1)
    )
    turns = engine.turns()
    first = next(turns)
    assert lease.due(timezone.now()).count() == 1
    assert [len(turn.users) for turn in (first, *turns)] == [engine.CHUNK_AFTER_KNOCKS, 1]
