"""What the tests of the whole program begin with: the time of day, a provider, a terminal, a list of users."""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from .factories import D, Office, at, open_office


@pytest.fixture
def move_to() -> Iterator[Callable[[datetime], None]]:
    """It is the Wednesday, 07:00 in Stockholm, and stays so until a test moves the clock."""
    with time_machine.travel(at("07:00"), tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def opened(
    db: None, move_to: Callable[[datetime], None], world: Any, knocks: Any, tmp_path: Path
) -> Callable[..., Office]:
    """Opens an office with the options of `addprovider`: people are followed, and each change knocks."""

    def opened(*options: str, **fields: Any) -> Office:
        return open_office(world, tmp_path, move_to, *options, **fields)

    return opened


@pytest.fixture
def office(opened: Callable[..., Office]) -> Office:
    """*Upptagen* diverts with *Möte*, *Frånvarande* informs; the plugin is on and titles are shown."""
    return opened(*D, "--plugin", "--titles")


@pytest.fixture
def run(db: None, move_to: Any, world: Any) -> Callable[..., tuple[int, str, str]]:
    """Runs a command; answers its exit code, and what it wrote to either stream."""

    def run(name: str, *arguments: object) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        try:
            call_command(name, *map(str, arguments), stdout=out, stderr=err)
        except CommandError as error:
            return error.returncode, out.getvalue(), f"{err.getvalue()}{error}\n"
        return 0, out.getvalue(), err.getvalue()

    return run


@pytest.fixture
def add(run: Any, world: Any) -> Callable[..., tuple[int, str, str]]:
    """`addprovider` for Contoso, with whatever else is given."""
    tenant = next(iter(world.tenants))
    usual = ["--customer", "contoso", "--kind", "exchange_online", "--name", "Office 365", "--tenant", tenant]
    return lambda *more: run("addprovider", *usual, *more)


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """A file of users."""

    def listed(content: str | bytes, name: str = "users.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return listed


@pytest.fixture
def meeting(office: Office) -> Any:
    """A meeting from 10 to 11 that One X holds."""
    event = office.book("10:00", "11:00")
    office.sync()
    office.told()
    office.asked("calendarView")
    return event
