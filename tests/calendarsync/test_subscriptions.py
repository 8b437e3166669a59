"""One live subscription a followed mailbox, in bulk, whatever happens on the way."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from calendarsync import engine, faultpoints, subscriptions
from calendarsync.models import Provider, Subscription
from mss.simulators.world import World

from . import arrange as f

ANNA, BERTIL, CECILIA = "anna@contoso.test", "bertil@contoso.test", "cecilia@contoso.test"

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(world: World, knocks: list[object]) -> Provider:
    made = f.provider(world, ANNA, BERTIL, CECILIA)
    f.synchronise()
    return made


def tend(provider: Provider) -> None:
    while subscriptions.tend(provider, timezone.now()):
        pass


def test_followed_mailboxes_get_one_each_and_those_in_trouble_none(world: World, provider: Provider) -> None:
    tend(provider)
    tend(provider)
    assert Subscription.objects.exclude(remote_id="").count() == 2
    assert sorted(s.resource for s in world.subscriptions.values()) == sorted(
        f"users/{world.person(email).id}/events" for email in (ANNA, BERTIL)
    )


def test_secrets_are_long_differ_and_are_kept_as_hashes(world: World, provider: Provider) -> None:
    tend(provider)
    secrets = [s.client_state for s in world.subscriptions.values()]
    assert len(set(secrets)) == 2
    assert {len(secret) for secret in secrets} == {43}
    assert set(Subscription.objects.values_list("secret_hash", flat=True)) == {
        subscriptions.digest(secret) for secret in secrets
    }


def test_they_are_renewed_at_about_half_of_what_was_granted(world: World, provider: Provider) -> None:
    tend(provider)
    before = Subscription.objects.first()
    assert before is not None
    assert before.expires_at is not None
    life = before.expires_at - timezone.now()
    assert life * 0.39 < before.renew_at - timezone.now() < life * 0.51
    with time_machine.travel(timezone.now() + life / 2):
        world.clock = timezone.now
        tend(provider)
        after = Subscription.objects.get(pk=before.pk)
        assert after.remote_id == before.remote_id
        assert after.expires_at is not None
        assert after.expires_at > before.expires_at + timedelta(days=2)


def test_one_that_is_gone_at_microsoft_is_made_anew(world: World, provider: Provider) -> None:
    tend(provider)
    world.subscriptions.clear()
    subscriptions.again(provider.subscriptions.all(), timezone.now())
    tend(provider)
    tend(provider)
    assert len(world.subscriptions) == 2
    assert set(Subscription.objects.values_list("remote_id", flat=True)) == set(world.subscriptions)


def test_a_lost_answer_leaves_one_subscription_and_not_two(world: World, provider: Provider) -> None:
    world.faults.add(
        face="graph", path="subscriptions", method="POST", status=500, after_applying=True, part=True, times=2
    )
    tend(provider)
    Subscription.objects.update(renew_at=timezone.now())
    tend(provider)
    assert len(world.subscriptions) == 2
    assert set(Subscription.objects.values_list("remote_id", flat=True)) == set(world.subscriptions)


def test_a_worker_that_dies_after_noting_the_secret_is_made_good(world: World, provider: Provider) -> None:
    def die(name: str) -> None:
        if name == "subscriptions.noted":
            raise SystemExit

    faultpoints.hook = die
    try:
        with pytest.raises(SystemExit):
            tend(provider)
    finally:
        faultpoints.hook = None
    assert len(world.subscriptions) == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        tend(provider)
        assert len(world.subscriptions) == 2


def test_what_changed_while_one_was_made_is_read(world: World, provider: Provider) -> None:
    f.book(world, ANNA)
    tend(provider)
    engine.run()
    assert len(f.shown(world, ANNA)) == 1


def test_an_inactive_provider_has_none(world: World, provider: Provider) -> None:
    tend(provider)
    Provider.objects.update(active=False)
    provider.refresh_from_db()
    tend(provider)
    assert len(world.subscriptions) == 0
    assert Subscription.objects.count() == 0


def test_100_mailboxes_cost_five_requests(world: World, provider: Provider) -> None:
    from calendarsync.models import SyncedUser

    tenant = next(iter(world.tenants.values()))
    users = []
    for n in range(98):
        person = world.add_person(tenant, f"P {n}", f"p{n}@contoso.test", extension_id=None)
        users.append(
            SyncedUser(
                company=provider.company,
                provider=provider,
                email=person.email,
                extension=str(n),
                mailbox_id=person.id,
            )
        )
    SyncedUser.objects.bulk_create(users)
    world.requests.clear()
    tend(provider)
    assert Subscription.objects.exclude(remote_id="").count() == 100
    assert sum(r.path.endswith("$batch") and not r.part for r in world.requests) == 5


@pytest.mark.parametrize("trouble", ["unreadable_items", "throttled", "server_error"])
def test_a_trouble_that_leaves_the_mailbox_there_is_no_reason_to_go_without(
    world: World, provider: Provider, trouble: str
) -> None:
    provider.users.filter(email=ANNA).update(trouble=trouble)
    tend(provider)
    assert Subscription.objects.filter(synced_user__email=ANNA).exclude(remote_id="").count() == 1
