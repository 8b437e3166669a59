"""A service of several processes: PostgreSQL, a broker, the web process, workers and beat, and the simulated world."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from amqp import ChannelError
from django.conf import settings
from django.utils import timezone
from kombu import Connection

from mss.simulators.faults import Fault, Faults
from mss.simulators.server import environment, serve
from mss.simulators.world import Event, World
from mss.stage import free_ports

from .. import postgres
from ..conftest import contoso
from .brokers import Broker, RabbitMq, Redis
from .processes import Process, until

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"
CELERY = [sys.executable, "-m", "celery", "-A", "mss"]
QUIET = ["--without-gossip", "--without-mingle"]


class Gate(Faults):
    """Holds readings of calendars while it is closed; `reached` is set when one stands before it."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.reached = threading.Event(), threading.Event()
        self.open.set()

    @contextmanager
    def closed(self) -> Iterator[None]:
        self.reached.clear()
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()

    def strike(self, face: str, method: str, path: str, part: bool = False) -> Fault | None:
        if face == "graph" and "calendarView" in path and not self.open.is_set():
            self.reached.set()
            assert self.open.wait(60)
        return super().strike(face, method, path, part)


class Service:
    """The processes, the world they live in, and the rows behind them. Everything ends with `ending`."""

    def __init__(self, world: World, broker: Broker, database: str, folder: Path, ending: ExitStack) -> None:
        self.world, self.broker, self.database, self.folder = world, broker, database, folder
        self.gate = world.faults = Gate()
        ending.callback(self.gate.open.set)
        self._ending = ending
        self.logs: list[Path] = []
        self.workers: list[Process] = []
        self.beat: Process | None = None
        served = serve(world)
        ending.callback(served.stop)
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DEBUG": "True",  # knocks come by plain HTTP
            "SECRET_KEY": "k" * 60,
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker.url,
            "PUBLIC_URL": self.url,
            "NOTIFICATION_URL": self.url,
            "BIND": f"127.0.0.1:{port}",
            "READ_INTERVAL": "0",  # what arrives was asked for
            "LOG_LEVEL": "INFO",
            "NO_PROXY": "127.0.0.1",
            **environment(served),
        }

    # Processes.

    def start(self, name: str, *command: str) -> Process:
        log = self.folder / f"{name}.log"
        process = Process(list(command), self.environment, log)
        self._ending.callback(process.kill)
        self.logs.append(log)
        return process

    def start_web(self) -> None:
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:mss.gunicorn", "mss.wsgi"]
        self.start("web", *gunicorn)
        self.until(lambda: _is_ready(self.url))

    def start_worker(self) -> None:
        name = f"worker{len(self.workers) + 1}"
        self.workers.append(
            self.start(name, *CELERY, "worker", "--concurrency=2", f"--hostname={name}", *QUIET)
        )

    def start_beat(self) -> None:
        """Once: its first tick comes 15 seconds later."""
        self.beat = self.beat or self.start("beat", *CELERY, "beat", "--pidfile=")

    @contextmanager
    def workers_stopped(self) -> Iterator[None]:
        """They stand still, and go on afterwards."""
        for worker in self.workers:
            worker.tell(signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in self.workers:
                worker.tell(signal.SIGCONT)

    def waiting_messages(self) -> int:
        """How many no worker has taken yet."""
        with Connection(self.broker.url) as connection:
            return sum(_waiting(connection.default_channel, name) for name in ("sync", "housekeeping"))

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        told: dict[str, Any] = {"env": self.environment, "cwd": settings.BASE_DIR, "timeout": 60}
        ran = subprocess.run(command, capture_output=True, text=True, **told)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def until(self, happened: Callable[[], object], seconds: float = 30) -> None:
        until(happened, seconds, *self.logs)

    # In Outlook, at One X, and between.

    def book(self, email: str, starts_in: float) -> Event:
        start = timezone.now().replace(second=0, microsecond=0) + timedelta(hours=starts_in)
        person = self.world.person(email).id
        return self.world.book(person, "Planering", start, start + timedelta(minutes=30), show_as="busy")

    def book_unheard(self, email: str, starts_in: float) -> Event:
        """The notification is lost."""
        self.gate.add("notify", lose=True)
        return self.book(email, starts_in)

    def booked(self, email: str) -> list[tuple[datetime, datetime]]:
        person = self.world.person(email).id
        events = [event for event in list(self.world.events.values()) if event.person_id == person]
        return sorted((event.starts_at, event.ends_at) for event in events)

    def shown(self, email: str) -> list[tuple[datetime, datetime]]:
        found = self.world.pbx.held("contoso", self.world.person(email).extension_id)
        return sorted((each.starts_at, each.ends_at) for held in found if (each := held.change.absence))

    def equal(self) -> bool:
        return all(self.booked(email) == self.shown(email) for email in (ANNA, BERTIL))

    def readings(self, email: str) -> int:
        """How often this calendar was read."""
        person = self.world.person(email).id
        return sum(1 for each in list(self.world.requests) if f"{person}/calendarView" in each.path)

    def knock(self, email: str, patience: float = 60) -> int:
        """As Microsoft does; `patience` is how many seconds it waits for the answer."""
        (remote,) = self.world.subscriptions_of(self.world.person(email).id)
        item = {"subscriptionId": remote.id, "clientState": remote.client_state, "tenantId": remote.tenant_id}
        return httpx.post(
            remote.notification_url, json={"value": [item]}, timeout=patience, trust_env=False
        ).status_code

    # Rows.

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with _connect(self.database) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def quiet(self) -> bool:
        """Nobody is worked for, and nobody waits for it."""
        busy = (
            "SELECT 1 FROM calendarsync_synceduser WHERE requested_seq > read_seq OR lease_token IS NOT NULL"
        )
        return not self.execute(busy)


def _connect(url: str) -> psycopg.Connection[Any]:
    folder, _, name = url.removeprefix("postgres://mss@/").rpartition("/")
    return psycopg.connect(host=folder, user="mss", dbname=name, autocommit=True)


def _waiting(channel: Any, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:  # Redis has no empty lists
        return 0


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """The URL of a migrated database, to be copied."""
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("no PostgreSQL here: apt install postgresql")
    with postgres.server(folder) as url:
        made = url.rpartition("/")[0] + "/template"
        with _connect(url.rpartition("/")[0] + "/postgres") as connection:
            connection.execute("CREATE DATABASE template")
        told = {"PATH": os.environ["PATH"], "DEBUG": "True", "DATABASE_URL": made}
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
        subprocess.run(command, check=True, env=told, cwd=settings.BASE_DIR)
        yield made


@pytest.fixture(scope="session", params=[RabbitMq, Redis], ids=["rabbitmq", "redis"])
def service(request: pytest.FixtureRequest, template: str) -> Iterator[Service]:
    """Contoso with Anna and Bertil, whom Microsoft knocks for; the web process and two workers, without beat."""
    kind: type[Broker] = request.param
    if not kind.found():
        pytest.skip(f"no {kind.package} here: apt install {kind.package}")
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="workers-")))
        folder.chmod(0o755)  # the broker may run as somebody else
        (folder / "broker").mkdir()
        broker = kind(folder / "broker")
        ending.callback(broker.stop)
        broker.start()
        database = f"{template.rpartition('/')[0]}/{kind.__name__.lower()}"
        with _connect(template.rpartition("/")[0] + "/postgres") as connection:
            connection.execute(f"CREATE DATABASE {kind.__name__.lower()} TEMPLATE template")
        world = contoso()
        world.notifications = "http"
        service = Service(world, broker, database, folder, ending)
        service.start_worker()
        service.start_worker()
        service.start_web()
        users = folder / "users.csv"
        users.write_text(f"e-post\n{ANNA}\n{BERTIL}\n")
        options = ["--customer=contoso", "--kind=exchange_online", "--name=Office 365", f"--users={users}"]
        service.manage("addprovider", *options, f"--tenant={next(iter(world.tenants))}", "--active")
        service.until(lambda: len(world.subscriptions) == 2 and service.quiet(), 60)
        yield service
