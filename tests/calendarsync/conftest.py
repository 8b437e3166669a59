"""The time of day and the ready-made provider that the tests of the whole program begin with."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

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
