"""What all tests stand on: the database, the simulated world the product is pointed at, and a browser."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from hypothesis import settings as hypothesis_settings

from calendarsync import connect
from mss.simulators import pages
from mss.simulators.pbx import Customer, Extension, Membership, TelenorPerson
from mss.simulators.server import Served, environment, serve
from mss.simulators.world import World

HERE = Path(__file__).parent
# Nothing here touches the database of this process, so once is enough; nor do browsers care which one it is.
ONCE = {"core", "simulators", "microsoft", "onex", "contracts", "e2e", "workers", "pages"}
# Files about what a page says: what it asks the database is asked by others too.
WORDS = re.compile(
    "browser$|picture|user_day|user_page|trial|event_lines|checkup|brake_page|preview_page|service"
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


# A slow machine is no reason to fail.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "untimed")


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    config.addinivalue_line("markers", "once: without database; not repeated on PostgreSQL")
    # pytest-base-url's, which pytest-playwright brings.
    config.addinivalue_line("filterwarnings", "ignore:Session-scoped fixtures defined as instance methods")
    settings.SECRET_KEY = "only for tests"
    settings.SECURE_SSL_REDIRECT = False  # the test client speaks plain HTTP
    settings.FIELD_KEYS = ["b25seS1mb3ItZGV2ZWxvcG1lbnQtYW5kLXRlc3RzLiE="]
    # A slow one is for thieves; the tests of sign-in would be waiting for it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Nobody has run collectstatic.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE).parts if item.path.is_relative_to(HERE) else ()
        if place and (len(place) == 1 or place[0] in ONCE or WORDS.search(item.path.stem)):
            item.add_marker(pytest.mark.once)
    if os.environ.get("TEST_DATABASE") == "postgresql":
        repeated = [item for item in items if not item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=[item for item in items if item not in repeated])
        items[:] = repeated


def skipped_in_ci(config: pytest.Config) -> list[Any]:
    """The reports of what was skipped, where nothing may be."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter and os.environ.get("CI") else []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if skipped_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if skipped := skipped_in_ci(config):
        terminalreporter.section("CI is set: these may not be skipped", red=True)
        for report in skipped:
            terminalreporter.write_line(f"{report.nodeid}: {report.longrepr[-1]}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file: in memory, threads would wait for each other in another way than in production."""
    from django.db import connection

    if connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)


class Stage:
    """Stands for the world of the test that runs, so that one server is enough for all."""

    def __init__(self) -> None:
        self.world = World()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Served]:
    stage = Stage()
    served = serve(stage, pages=pages.application(stage))
    yield served
    served.stop()


@pytest.fixture
def world(simulator: Served, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A fresh, small world that the product is pointed at: Contoso AB with three people and empty calendars.

    Anna has the diversion service and administers, Bertil has neither, Cecilia has no mailbox. Fabrikam AB has
    Filip, who administers it and has no mailbox. Nobody is notified: see `knocks`.
    """
    world = simulator.world.world = contoso()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name, value in environment(simulator).items():
        monkeypatch.setenv(name, value)
        setattr(settings, name, value)
    connect.forget()
    with stamina.set_testing(True, attempts=3, cap=True):
        yield world
    connect.forget()


def contoso() -> World:
    world = World()
    world.notifications = lambda url, payload: None
    world.pbx.customers["contoso"] = Customer("contoso", "Contoso AB", "556000-0001")
    tenant = world.add_tenant("Contoso AB", ["contoso.test"])
    hire(world, tenant, "Anna Berg", "+46101000001")
    hire(world, tenant, "Bertil Åström", "+46101000002", services=())
    hire(world, tenant, "Cecilia Öberg", "+46101000003", mailbox=False)
    world.pbx.customers["fabrikam"] = Customer("fabrikam", "Fabrikam AB", "556000-0002")
    filip = Extension("filip", "fabrikam", "+46102000001", "Filip Falk", "filip@fabrikam.test", ["diversion"])
    world.pbx.extensions["filip"] = filip
    telenor_id(world, "Anna Berg", contoso=True)
    telenor_id(world, "Bertil Åström", contoso=False)
    telenor_id(world, "Filip Falk", fabrikam=True)
    return world


def telenor_id(world: World, name: str, **administers: bool) -> None:
    """Somebody with a Telenor ID and One X subscriptions: whether they administer each company."""
    ident = name.split()[0].lower()
    memberships = [Membership(customer, each, ident) for customer, each in administers.items()]
    email = f"{ident}@{next(iter(administers))}.test"
    world.pbx.persons[ident] = TelenorPerson(ident, name, email, "sv", memberships)


def hire(
    world: World,
    tenant: Any,
    name: str,
    number: str,
    services: tuple[str, ...] = ("diversion",),
    **person: Any,
) -> None:
    email = f"{name.split()[0].lower()}@contoso.test"
    extension = Extension(email.split("@")[0], "contoso", number, name, email, list(services))
    world.pbx.extensions[extension.id] = extension
    world.add_person(tenant, name, email, extension_id=extension.id, **person)


@pytest.fixture
def knocks(world: World, client: Any) -> list[dict[str, Any]]:
    """From here on each change in the world is notified at once; what was sent is kept."""
    sent: list[dict[str, Any]] = []

    def knock(url: str, payload: dict[str, Any]) -> None:
        sent.append(payload)
        path = "/" + url.split("/", 3)[3]
        assert client.post(path, payload, content_type="application/json").status_code == 202

    world.notifications = knock
    return sent


@pytest.fixture
def signed_in(db: None, world: World) -> Callable[[str], Any]:
    """A browser in which somebody is signed in, with the rights One X says; `anna` of Contoso, `filip` of Fabrikam."""
    from django.test import Client
    from django.utils import timezone

    from accounts import rights

    def signed_in(telenor_id: str = "anna") -> Client:
        client = Client()
        client.force_login(rights.sign_in(telenor_id, timezone.now()))
        return client

    return signed_in


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, which says nothing to anybody on its own account."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium here: apt install chromium")
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--disable-sync",
    ]
    # Chromium's sandbox refuses to run as root.
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": found, "args": [*quiet, *sandbox]}
