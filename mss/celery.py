"""The engine of several machines: `celery -A mss worker` and `celery -A mss beat`, over RabbitMQ or Redis.

The database is the queue. A message says only where something may be due, by primary key: one that is lost, late or
sent again costs time, never truth. Without CELERY_BROKER_URL nothing here is used; `sync --watch` is the engine.
"""

import logging
import os
from collections.abc import Iterable
from functools import lru_cache, partial
from threading import Lock
from time import monotonic
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, setup_logging, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections, transaction
from kombu import Exchange, Queue, pools

from . import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mss.settings")

log = logging.getLogger(__name__)

TASKS = "calendarsync.tasks"
SYNC_PROVIDER, TEND_PROVIDER, LIST_EXTENSIONS_OF = (
    f"{TASKS}.{name}" for name in ("sync_provider", "tend_provider", "list_extensions_of")
)

# Seconds. A message older than STALE is dropped, since the dispatcher has sent others: so a queue that nobody empties
# holds a few of each. Longer than the clocks of two machines differ.
STALE = 60
PATIENCE = 1  # with a broker that does not answer: somebody waits for a page, Microsoft for its 202
SILENCE = 15.0  # after a failure: the dispatcher finds the work

# When, in seconds, and what: each looks into the database for work and sends a message for each key.
TIMETABLE = {"dispatch": 15.0, "tend": 60.0, "do_chores": 60.0, "list_extensions": 300.0}


def configuration(broker_url: str) -> dict[str, Any]:
    """What Celery is told. A worker's death loses a message and nothing else: no late acknowledgement, no results."""
    return {
        "broker_url": broker_url,
        "broker_connection_retry_on_startup": True,
        "task_ignore_result": True,
        "task_time_limit": 300,  # seconds; the longest turn is far below, and a lease runs out after 120
        "task_soft_time_limit": 240,
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 500,
        "worker_enable_remote_control": False,  # the broker is no way to steer a worker
        "CELERY_DB_REUSE_MAX": 10_000,  # a connection for each task would be slower than most tasks
        "enable_utc": True,
        "timezone": "UTC",
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": "housekeeping",
        "task_routes": {SYNC_PROVIDER: {"queue": "sync"}, f"{TASKS}.dispatch": {"queue": "sync"}},
        "beat_scheduler": "celery.beat:Scheduler",  # in memory: the timetable is static and short
        "beat_schedule": {
            name: {"task": f"{TASKS}.{name}", "schedule": every, "options": {"expires": STALE}}
            for name, every in TIMETABLE.items()
        },
        **(_rabbitmq() if broker_url.startswith("amqp") else _redis()),
    }


def _rabbitmq() -> dict[str, Any]:
    """Quorum queues, and a topic exchange: with another one a message that waits would occupy a worker."""
    return {
        "task_queues": _queues("topic", {"x-queue-type": "quorum"}),
        "broker_native_delayed_delivery_queue_type": "classic",  # 28 of them, for what may be lost
    }


def _redis() -> dict[str, Any]:
    """What a killed worker had received comes back after the time-out, which must be above the longest task's."""
    return {
        "task_queues": _queues("direct", {}),
        "broker_transport_options": {"visibility_timeout": 900, "unacked_restore_throttle": 1},
    }


def _queues(kind: str, arguments: dict[str, Any]) -> list[Queue]:
    exchange = Exchange("mss", type=kind)
    return [
        Queue(name, exchange, routing_key=name, queue_arguments=arguments)
        for name in ("sync", "housekeeping")
    ]


app = Celery("mss")
app.conf.update(configuration(settings.CELERY_BROKER_URL))
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse_to_start(**kwargs: object) -> None:
    """Like every command: configuration that cannot work says so at start (checks.py)."""
    django.setup()
    if not settings.CELERY_BROKER_URL:
        raise SystemExit(
            "CELERY_BROKER_URL is not set: name the broker, or run `manage.py sync --watch` instead."
        )
    checks.refuse_to_start()


@setup_logging.connect
def _keep_our_logging(**kwargs: object) -> None:
    """Django's LOGGING counts; Celery leaves it alone where somebody listens here."""


@task_prerun.connect
def _leave_broken_connections(**kwargs: object) -> None:
    close_old_connections()


def wake(provider_ids: Iterable[int]) -> None:
    """After this transaction, have a worker look at these providers at once. Never raises; blocks about a second at
    most. Without a broker nothing is sent."""
    if settings.CELERY_BROKER_URL and (asked := sorted(set(provider_ids))):
        transaction.on_commit(partial(send, SYNC_PROVIDER, asked), robust=True)


def send(task: str, keys: Iterable[int], *more: object, countdown: int | None = None) -> None:
    """A message for each key. What cannot be sent is logged and left to the dispatcher, and for SILENCE seconds
    nothing more is tried: a broker that is away costs one second now and then, not one a request."""
    if _silence.over():
        try:
            _publish(task, keys, more, countdown)
        except Exception as error:
            _silence.begin(error)


class _Silence:
    def __init__(self) -> None:
        self._lock = Lock()
        self._until = 0.0

    def over(self) -> bool:
        return monotonic() >= self._until

    def begin(self, error: Exception) -> None:
        """Threads that failed together tell of it once."""
        with self._lock:
            told, self._until = not self.over(), monotonic() + SILENCE
        if not told:
            log.warning("the broker is away (%s): the dispatcher finds the work", type(error).__name__)


_silence = _Silence()


def _publish(task: str, keys: Iterable[int], more: tuple[object, ...], countdown: int | None) -> None:
    """Through a connection that is kept. One that broke while nobody used it is put away, and the next one taken."""
    started, keys = monotonic(), list(keys)
    while True:
        with _producers(settings.CELERY_BROKER_URL).acquire(block=True, timeout=PATIENCE) as producer:
            kept = producer.connection.connected
            try:
                for key in keys:
                    options = {"producer": producer, "expires": STALE, "countdown": countdown, "retry": False}
                    app.send_task(task, (key, *more), **options)
                return
            except Exception:
                producer.connection.collect()
                if not kept or monotonic() - started > PATIENCE / 2:
                    raise


@lru_cache(maxsize=4)
def _producers(url: str) -> Any:
    """Connections for sending. A worker's wait as long as they must; these have PATIENCE. kombu empties them at a
    fork."""
    seconds = {"read_timeout": PATIENCE, "write_timeout": PATIENCE}  # RabbitMQ's words
    if not url.startswith("amqp"):
        seconds = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    options = {"max_retries": 0, **seconds}
    return pools.producers[app.connection_for_write(url, connect_timeout=PATIENCE, transport_options=options)]
