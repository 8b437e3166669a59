"""Who may import whom (docs/architecture.md), read from the code itself."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXCHANGE = ROOT / "calendarsync" / "exchange"
OURS = ("mss", "accounts", "calendarsync")
LOOPS = tuple(
    f"calendarsync.{path.stem}"
    for path in sorted((ROOT / "calendarsync").glob("*.py"))
    if path.stem not in {"__init__", "apps", "connect", "pbx", "tasks", "admin", "urls", "forms"}
)
GRAPH, EWS = (
    (
        f"calendarsync.exchange.{name}",
        *(f"calendarsync.exchange.{path.stem}" for path in EXCHANGE.glob(f"{name}_*.py")),
    )
    for name in ("graph", "ews")
)
FACES = tuple(f"calendarsync.{name}" for name in ("tasks", "management", "views", "admin", "urls", "forms"))
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "services", "service", "common", "base"}


class Wall(NamedTuple):
    """Nobody in `of` imports what is in `never`, except those in `but`."""

    of: tuple[str, ...]
    never: tuple[str, ...]
    but: tuple[str, ...] = ()


WALLS = [
    Wall(of=("mss.simulators",), never=OURS),
    Wall(of=OURS, never=("mss.simulators",), but=("calendarsync.management.commands.simulate",)),
    Wall(of=OURS, never=("tests",)),
    Wall(of=("accounts",), never=("calendarsync",)),
    Wall(of=("mss",), never=("calendarsync", "accounts"), but=("mss.urls",)),
    Wall(of=OURS, never=("celery", "kombu"), but=("mss.celery", "calendarsync.tasks")),
    Wall(of=("mss.microsoft",), never=("mss.onex",)),
    Wall(of=("mss.onex",), never=("mss.microsoft",)),
    Wall(of=("calendarsync.exchange",), never=("calendarsync.pbx", "mss.onex", "calendarsync.models")),
    Wall(of=GRAPH, never=EWS),
    Wall(of=EWS, never=GRAPH),
    Wall(of=("calendarsync.pbx",), never=("calendarsync.exchange", "mss.microsoft", "calendarsync.models")),
    Wall(of=("calendarsync.models",), never=("calendarsync.connect", *LOOPS, *FACES)),
    Wall(of=("calendarsync.connect",), never=(*LOOPS, *FACES)),
    Wall(of=LOOPS, never=(*FACES, "calendarsync.portal")),
    Wall(of=("calendarsync.portal",), never=FACES),
    # One place knows both sides.
    Wall(
        of=OURS,
        never=("calendarsync.pbx", *GRAPH, *EWS),
        but=("calendarsync.connect", *GRAPH, *EWS),
    ),
]


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def imported(module: str, source: str, package: bool = False) -> Iterator[str]:
    """Everything a module imports, wherever in its text, by absolute name: of `from a import b`, a.b."""
    here = module if package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here.rsplit(".", node.level - 1)[0] if node.level else ""
            start = ".".join(part for part in (above, node.module) if part)
            yield from (f"{start}.{alias.name}" for alias in node.names)


def breaches(module: str, source: str, package: bool = False) -> list[str]:
    """What a module imports and may not."""
    return sorted({name for name in imported(module, source, package) if not allowed(module, name)})


def allowed(module: str, name: str) -> bool:
    if within(module, ("calendarsync.core",)) and not within(name, ("calendarsync.core",)):
        return name.split(".")[0] in sys.stdlib_module_names
    return not any(stops(wall, module, name) for wall in WALLS)


def stops(wall: Wall, module: str, name: str) -> bool:
    rooms = [each for each in (*wall.of, *wall.never) if each not in OURS]
    if any(within(module, (room,)) and within(name, (room,)) for room in rooms):
        return False  # inside one room there are no walls
    return within(module, wall.of) and within(name, wall.never) and not within(module, wall.but)


def modules() -> Iterator[tuple[str, Path]]:
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@pytest.mark.parametrize(("module", "path"), [pytest.param(*each, id=each[0]) for each in modules()])
def test_imports_only_what_it_may(module, path):
    assert breaches(module, path.read_text(), package=path.name == "__init__.py") == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("calendarsync.core.rules", "import django"),
        ("calendarsync.core.rules", "from ..models import Provider"),
        ("calendarsync.core.rules", "from mss import leash"),
        ("mss.simulators.seed", "from calendarsync.core.booking import ShowAs"),
        ("mss.simulators.graph.batch", "from mss.microsoft import graph"),
        ("mss.simulators.graph.batch", "from ...microsoft.graph import batch"),
        ("calendarsync.connect", "from mss.simulators.world import World"),
        ("calendarsync.management.commands.demo", "import mss.simulators.server"),
        ("accounts.models", "from calendarsync.models import Provider"),
        ("mss.checks", "from accounts.models import Company"),
        ("mss.settings", "import calendarsync"),
        ("mss.celery", "from calendarsync import tasks"),
        ("calendarsync.views.notifications", "from celery import shared_task"),
        ("calendarsync.watch", "from .tasks import dispatch"),
        ("mss.onex.client", "from mss import microsoft"),
        ("calendarsync.exchange.graph", "from .ews import EwsSource"),
        ("calendarsync.exchange.graph", "from . import ews"),
        ("calendarsync.exchange.graph", "from ..pbx import OneXPbx"),
        ("calendarsync.exchange.notifications", "from calendarsync.models import Subscription"),
        ("calendarsync.pbx", "from .exchange import graph"),
        ("calendarsync.models.user", "from ..sync import run_due"),
        ("calendarsync.models.user", "def later():\n    from calendarsync import sync"),
        ("calendarsync.connect", "from . import sync"),
        ("calendarsync.sync", "from .views import notifications"),
        ("calendarsync.sync", "from .exchange.graph import GraphSource"),
        ("calendarsync.sync", "from tests import factories"),
        ("calendarsync.sync", "from .portal import overview"),
        ("calendarsync.portal.roster", "from ..views import users"),
    ],
)
def test_a_line_that_breaks_the_picture_is_caught(module, line):
    assert len(breaches(module, line)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("calendarsync.core.rules", "from .booking import Booking\nimport hashlib"),
        ("mss.simulators.graph.batch", "from ..world import World"),
        ("calendarsync.management.commands.simulate", "from mss.simulators.seed import contoso"),
        ("mss.urls", "from calendarsync.views import notifications"),
        ("calendarsync.connect", "from .exchange.graph import GraphSource\nfrom .pbx import OneXPbx"),
        (
            "calendarsync.sync",
            "from .connect import source\nfrom .models import SyncedUser\nfrom . import deliver",
        ),
        ("calendarsync.views.notifications", "from ..models import Subscription\nfrom . import pages"),
        ("calendarsync.models.user", "def wake():\n    from mss import celery"),
        ("calendarsync.tasks", "from celery import signals\nfrom mss.celery import app\nfrom . import watch"),
    ],
)
def test_a_line_that_keeps_to_the_picture_passes(module, line):
    assert breaches(module, line) == []


def test_no_module_has_a_name_that_says_nothing():
    assert [module for module, _ in modules() if NAMES_THAT_SAY_NOTHING & set(module.split("."))] == []
