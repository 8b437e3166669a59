"""What workers do with a message, which messages are sent, and that nobody waits for a broker that is away.

Messages go to a broker in this process's memory (kombu's); real ones are in tests/workers.
"""

import math
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import orjson
import pytest
from celery.signals import worker_process_init
from django.conf import settings as project
from django.db import transaction
from django.utils import timezone
from kombu import Connection

from calendarsync import connect, erase, tasks, userlist, watch
from calendarsync.models import Provider, Subscription, SyncedUser
from mss import celery
from mss.onex import connection
from mss.simulators.world import World

from . import arrange

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"
KNOCKS = "/MSS/services/GraphNotificationService"
SYNC, TEND = celery.SYNC_PROVIDER, celery.TEND_PROVIDER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Names the broker, which nobody has tried yet."""

    def broker(url: str) -> None:
        settings.CELERY_BROKER_URL = url
        monkeypatch.setattr(celery, "_silence", celery._Silence())

    return broker


@pytest.fixture
def take(broker: Callable[[str], None]) -> Iterator[Callable[[], list[Any]]]:
    """The messages sent since the last time, in order, by queue."""
    broker("memory://")
    with Connection("memory://") as connection:
        queues = [queue(connection.default_channel) for queue in celery.app.conf.task_queues]

        def take() -> list[Any]:
            return [
                message for queue in queues for message in iter(lambda queue=queue: queue.get(True), None)
            ]

        for queue in queues:
            queue.declare()
        take()
        yield take


def said(messages: list[Any]) -> list[tuple[str, list[Any]]]:
    return [(message.headers["task"], message.payload[0]) for message in messages]


# Which messages are sent.


def test_a_wish_asks_for_its_provider_once_when_it_is_committed(world: World, take: Any) -> None:
    made = arrange.provider(world, ANNA, BERTIL)
    take()
    with transaction.atomic():
        SyncedUser.objects.all().wish()
        assert take() == []
    assert said(take()) == [(SYNC, [made.pk])]


def test_a_wish_asks_for_each_of_its_providers(world: World, take: Any) -> None:
    made = arrange.provider(world, ANNA), arrange.provider(world, BERTIL, name="Filial")
    take()
    SyncedUser.objects.all().wish()
    assert said(take()) == [(SYNC, [each.pk]) for each in made]


def test_a_wish_that_was_rolled_back_asks_for_nothing(world: World, take: Any) -> None:
    arrange.provider(world, ANNA)
    take()
    with transaction.atomic():
        SyncedUser.objects.all().wish()
        transaction.set_rollback(True)
    assert take() == []


def test_who_does_the_work_right_now_asks_nobody_else(world: World, take: Any) -> None:
    arrange.provider(world, ANNA)
    take()
    SyncedUser.objects.all().wish(wakes=False)
    assert arrange.user(ANNA).requested_seq == 2
    assert take() == []


def test_a_message_goes_stale_soon(world: World, take: Any) -> None:
    arrange.provider(world, ANNA)
    (message,) = take()
    until = datetime.fromisoformat(message.headers["expires"]) - timezone.now()
    assert timedelta(seconds=30) < until <= timedelta(seconds=celery.STALE)


def test_people_who_are_added_are_asked_for_and_nobody_is_no_message(world: World, take: Any) -> None:
    made = arrange.provider(world, ANNA)
    assert said(take()) == [(SYNC, [made.pk])]
    userlist.add([], made, timezone.now())
    assert take() == []


def test_without_a_broker_nothing_is_even_prepared(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.CELERY_BROKER_URL = ""
    with transaction.atomic(), django_capture_on_commit_callbacks() as prepared:
        celery.wake([1])
    assert prepared == []


def test_without_a_broker_celery_is_not_even_loaded() -> None:
    code = """
import sys, django
django.setup()
import mss.urls, calendarsync.watch
print("celery" in sys.modules)
"""
    told = {"SECRET_KEY": "k" * 60, "DJANGO_SETTINGS_MODULE": "mss.settings", "DEBUG": "True"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=told,
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.stdout, ran.stderr) == ("False\n", "")


# What the tasks do.


def test_every_name_that_is_sent_is_a_task() -> None:
    celery.app.loader.import_default_modules()
    sent = {entry["task"] for entry in celery.app.conf.beat_schedule.values()}
    sent |= {SYNC, TEND, celery.LIST_EXTENSIONS_OF}
    assert sent == {name for name in celery.app.tasks if not name.startswith("celery.")}


def test_dispatch_asks_for_who_is_due_the_longest_waiting_first(world: World, take: Any) -> None:
    first, second = arrange.provider(world, ANNA), arrange.provider(world, BERTIL, name="Filial")
    now = timezone.now()
    first.users.update(due_at=now - timedelta(minutes=1))
    second.users.update(due_at=now - timedelta(minutes=2))
    take()
    tasks.dispatch()
    assert said(take()) == [(SYNC, [second.pk]), (SYNC, [first.pk])]
    first.users.update(due_at=now + timedelta(minutes=1))
    tasks.dispatch()
    assert said(take()) == [(SYNC, [second.pk])]


def test_a_provider_is_synchronised_and_then_told_of_new_mailboxes(world: World, take: Any) -> None:
    made = arrange.provider(world, ANNA)
    event = arrange.book(world, ANNA)
    take()
    tasks.sync_provider(made.pk)
    assert [row[:2] for row in arrange.shown(world, ANNA)] == [(event.starts_at, event.ends_at)]
    assert said(take()) == [(TEND, [made.pk])]
    tasks.tend_provider(made.pk)
    assert len(world.subscriptions) == 1
    assert said(take()) == [(SYNC, [made.pk])]  # what changed before Microsoft knew where to knock
    tasks.sync_provider(made.pk)
    assert take() == []


def test_after_ten_turns_the_others_have_theirs(
    world: World, take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "TURNS", 1)
    made = arrange.provider(world, ANNA)
    take()
    tasks.sync_provider(made.pk)
    assert said(take()) == [(SYNC, [made.pk]), (TEND, [made.pk])]


def test_a_long_message_ends_in_time_and_asks_again(
    world: World, take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BUSY", -1)
    made = arrange.provider(world, ANNA)
    take()
    tasks.sync_provider(made.pk)
    assert said(take()) == [(SYNC, [made.pk])]
    assert arrange.user(ANNA).last_synced_at is None


def waiting(seconds: float) -> Provider:
    """Anna was knocked for, and is to be left alone for a while."""
    SyncedUser.objects.all().wish()
    SyncedUser.objects.update(not_before=timezone.now() + timedelta(seconds=seconds))
    return Provider.objects.get()


@pytest.mark.parametrize("seconds", [0.5, 7, 14])
def test_who_must_wait_a_little_is_asked_for_when_it_is_over(world: World, take: Any, seconds: float) -> None:
    arrange.provider(world, ANNA)
    arrange.synchronise()
    made = waiting(seconds)
    take()
    tasks.sync_provider(made.pk)
    (message,) = take()
    assert said([message]) == [(SYNC, [made.pk, True])]
    left = datetime.fromisoformat(message.headers["eta"]) - timezone.now()
    assert left <= timedelta(seconds=math.ceil(seconds))
    assert timezone.now() + left >= arrange.user(ANNA).not_before


def test_who_must_wait_longer_is_the_dispatchers(world: World, take: Any) -> None:
    arrange.provider(world, ANNA)
    arrange.synchronise()
    made = waiting(16)
    take()
    tasks.sync_provider(made.pk)
    assert take() == []


def test_a_message_that_waited_in_vain_is_the_last_of_its_kind(world: World, take: Any) -> None:
    arrange.provider(world, ANNA)
    arrange.synchronise()
    made = waiting(7)
    take()
    tasks.sync_provider(made.pk, True)
    assert take() == []


def test_keeping_house_asks_for_every_provider_and_for_companies_not_listed_today(
    world: World, take: Any
) -> None:
    made = arrange.provider(world, ANNA)
    take()
    tasks.tend()
    tasks.list_extensions()
    company = made.company
    assert said(take()) == [(TEND, [made.pk]), (celery.LIST_EXTENSIONS_OF, [company.pk])]
    world.pbx.extensions["anna"].name = "Anna Berg Lind"
    tasks.list_extensions_of(company.pk)
    assert arrange.user(ANNA).name == "Anna Berg Lind"
    take()
    tasks.list_extensions()
    assert take() == []


def test_who_was_removed_is_cleared_away(world: World, take: Any) -> None:
    made = arrange.provider(world, ANNA)
    arrange.book(world, ANNA)
    tasks.sync_provider(made.pk)
    take()
    erase.remove_users(made.users.all(), timezone.now())
    tasks.do_chores()
    assert SyncedUser.objects.count() == 1
    assert said(take()) == [(SYNC, [made.pk])]
    tasks.sync_provider(made.pk)
    tasks.do_chores()
    assert (SyncedUser.objects.count(), arrange.shown(world, ANNA)) == (0, [])


@pytest.mark.parametrize("task", [tasks.sync_provider, tasks.tend_provider, tasks.list_extensions_of])
def test_a_row_that_is_gone_is_no_work(take: Any, task: Callable[[int], None]) -> None:
    task(4711)
    assert take() == []


def test_a_process_of_a_worker_begins_with_connections_of_its_own(world: World) -> None:
    made = arrange.provider(world, ANNA)
    before = connection.onex()._http, connect.source(made)
    worker_process_init.send(sender=None)
    after = connection.onex()._http, connect.source(made)
    assert all(old is not new for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("url", ["amqp://broker.test//", "redis://broker.test/0"])
def test_no_message_comes_back_while_it_is_worked_on(url: str) -> None:
    told = celery.configuration(url)
    assert told["task_soft_time_limit"] < told["task_time_limit"]
    options = told.get("broker_transport_options", {})
    assert options.get("visibility_timeout", math.inf) > told["task_time_limit"] + celery.STALE


def test_rabbitmq_gets_queues_that_survive_and_let_a_message_wait() -> None:
    queues = celery.configuration("amqps://broker.test//")["task_queues"]
    assert {queue.queue_arguments["x-queue-type"] for queue in queues} == {"quorum"}
    assert {queue.exchange.type for queue in queues} == {"topic"}


# A broker that is away.


class Hole:
    """Accepts connections and never says a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.accepted: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.accepted.append(self.socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        for each in (self.socket, *self.accepted):
            each.close()


@pytest.fixture
def hole() -> Iterator[Hole]:
    hole = Hole()
    yield hole
    hole.close()


@pytest.fixture
def knock(world: World, client: Any) -> Callable[[], int]:
    """Knocks for Anna, whose calendar is followed; answers what was answered."""
    made = arrange.provider(world, ANNA)
    arrange.synchronise()
    watch.tend(made, timezone.now())
    arrange.synchronise()
    remote = world.subscriptions[Subscription.objects.get().remote_id]
    item = {"subscriptionId": remote.id, "clientState": remote.client_state, "tenantId": remote.tenant_id}
    body = orjson.dumps({"value": [item]})
    return lambda: client.post(KNOCKS, body, content_type="application/json").status_code


def wishes() -> int:
    anna = arrange.user(ANNA)
    return anna.requested_seq - anna.read_seq


@pytest.mark.parametrize("url", ["amqp://{}//", "redis://{}/0"], ids=["rabbitmq", "redis"])
def test_knocks_are_taken_while_the_broker_refuses(
    knock: Any, broker: Any, hole: Hole, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    hole.close()
    broker(url.format(hole.address))
    assert [knock() for _ in range(5)] == [202] * 5
    assert wishes() == 5
    assert [record.getMessage() for record in caplog.records if record.name == "mss.celery"] == [
        "the broker is away (OperationalError): the dispatcher finds the work"
    ]


@pytest.mark.parametrize("url", ["amqp://{}//", "redis://{}/0"], ids=["rabbitmq", "redis"])
def test_knocks_are_taken_while_the_broker_says_nothing_and_one_of_them_waits_a_second(
    knock: Any, broker: Any, hole: Hole, url: str
) -> None:
    broker(url.format(hole.address))
    begun = monotonic()
    assert [knock() for _ in range(5)] == [202] * 5
    assert monotonic() - begun < 10  # a second; Celery's own time-outs would make it over twenty
    assert wishes() == 5
    assert len(hole.accepted) == 1


def test_after_a_silence_the_broker_is_asked_again(
    knock: Any, broker: Any, hole: Hole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery, "SILENCE", 0)
    broker(f"redis://{hole.address}/0")
    assert [knock(), knock()] == [202, 202]
    assert len(hole.accepted) == 2
