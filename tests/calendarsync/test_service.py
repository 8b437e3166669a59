"""The commands as operations run them: processes of their own that know the environment and nothing else."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection

from mss.simulators.server import Served, environment
from mss.simulators.world import World

from ..conftest import contoso

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: object) -> Iterator[str]:
    """The URL of an empty database of the kind the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'service.sqlite3'}"
        return
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        name = f"service_{uuid.uuid4().hex}"
        cursor.execute(f"CREATE DATABASE {name}")
        yield os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def office(simulator: Served) -> World:
    """A world whose secrets are not the simulated world's: with them the service runs as in production."""
    world = simulator.world.world = contoso()  # type: ignore[attr-defined]
    world.secrets.client_secret, world.secrets.onex_token = "what-entra-gave", "what-one-x-gave"
    world.secrets.telenor_id_client_secret = "what-telenor-id-gave"
    return world


@pytest.fixture
def python(simulator: Served, office: World, database: str) -> Run:
    """Runs Python with arguments, in the environment of a service and what is told beside."""
    told = {"PATH": os.environ["PATH"], "SECRET_KEY": "k" * 60, "DATABASE_URL": database}
    told["FIELD_KEYS"] = Fernet.generate_key().decode()

    def python(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        where = {"cwd": settings.BASE_DIR, "env": told | environment(simulator) | more}
        command = [sys.executable, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, **where)

    return python


@pytest.fixture
def run(python: Run) -> Run:
    return lambda *arguments: python("manage.py", *arguments)


def test_delivery_and_a_full_reading_by_commands_alone(run: Run, office: World, tmp_path: Path) -> None:
    anna = office.person("anna@contoso.test")
    start = office.clock().replace(microsecond=0)
    office.book(anna.id, "Budget", start, start + timedelta(days=9), show_as="busy")
    users = tmp_path / "users.csv"
    users.write_text("e-post\nanna@contoso.test\nbertil@contoso.test\n")
    assert run("migrate").returncode == 0
    options = ["--customer", "contoso", "--kind", "exchange_online", "--name", "Office 365", "--active"]
    options += ["--tenant", next(iter(office.tenants)), "--users", str(users)]
    added = run("addprovider", *options, "--rule", "busy=meeting:announcement")
    assert (added.returncode, added.stderr) == (0, "")
    first, second = (json.loads(_done(run("sync", "--full", "--json")).splitlines()[-1]) for _ in range(2))
    figures = ("users", "read", "changed", "sent", "failed")
    assert [first[name] for name in figures] == [2, 2, 1, 1, 0]
    assert [second[name] for name in figures] == [2, 2, 0, 0, 0]
    assert office.pbx.call("+46101000001")["answered_by"] == "announcement"


def test_without_settings_it_says_which_ones_are_missing(run: Run, office: World) -> None:
    office.secrets.onex_token = ""
    refused = run("check")
    assert refused.returncode == 1
    assert "(mss.E001) ONEX_TOKEN is not set." in refused.stderr
    assert "HINT: The bearer token of the One X API." in refused.stderr


def test_the_simulated_worlds_secrets_are_refused_outside_development(run: Run, office: World) -> None:
    office.secrets.onex_token = "simulated-onex-token"
    assert "(mss.E004) ONEX_TOKEN is the simulated world's." in run("check").stderr


@pytest.mark.parametrize("kind", ["worker", "beat"])
def test_a_process_of_celery_that_cannot_work_does_not_start(python: Run, office: World, kind: str) -> None:
    start = ("-m", "celery", "-A", "mss", kind)
    without = python(*start)
    assert (without.returncode, without.stderr.count("CELERY_BROKER_URL is not set")) == (1, 1)
    office.secrets.onex_token = ""
    refused = python(*start, CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    assert (refused.returncode, refused.stderr.count("(mss.E001) ONEX_TOKEN is not set.")) == (1, 1)


def _done(process: subprocess.CompletedProcess[str]) -> str:
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout
