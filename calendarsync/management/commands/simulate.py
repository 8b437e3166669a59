"""`manage.py simulate`: the simulated world alone, for a product set by the environment it writes."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management import BaseCommand, CommandError, CommandParser

from mss import leash
from mss.simulators import pages
from mss.simulators.addresses import PRODUCT
from mss.simulators.keeper import Keeper
from mss.simulators.seed import contoso
from mss.simulators.server import Served, environment, serve
from mss.simulators.world import World

KEPT = "world.pickle"


class Command(BaseCommand):
    help = "Serve a simulated Microsoft, One X and Telenor ID with two invented companies, until Ctrl-C."
    requires_system_checks = []  # it is what the settings will point at

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument(
            "--port", type=int, default=0, help="TLS port of Microsoft and One X (any free one)"
        )
        parser.add_argument("--pages-port", type=int, default=0, help="port of the pages (any free one)")
        parser.add_argument("--product", default=PRODUCT, metavar="URL", help=f"Microsoft Sync ({PRODUCT})")
        parser.add_argument("--users", type=int, default=40, metavar="N", help="people at Contoso (40)")
        parser.add_argument(
            "--keep", action="store_true", help="go on with the world of --state, and save it"
        )
        parser.add_argument("--state", type=Path, metavar="FOLDER", help="where world and certificates are")
        parser.add_argument("--environment", type=Path, metavar="FILE", help="written when ready: NAME=VALUE")

    def handle(self, *, keep: bool, state: Path | None, environment: Path | None, **options: Any) -> None:
        if keep and not state:
            raise CommandError("--keep needs --state FOLDER.", returncode=2)
        leash.follow()
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        with _folder(state) as folder:
            world = _world(folder / KEPT if keep else None, options["users"])
            keeper = Keeper(world, folder / KEPT) if keep else None
            served = _serve(world, folder, **options)
            self._say(served, environment)
            ended.wait()
            served.stop()
            if keeper:
                keeper.stop()

    def _say(self, served: Served, file: Path | None) -> None:
        lines = "".join(f"{name}={value}\n" for name, value in environment(served).items())
        if file:
            # In one step: who waits for the file reads all of it.
            fresh = file.with_name(f"{file.name}.new")
            fresh.write_text(lines)
            os.replace(fresh, file)
        else:
            self.stdout.write(lines)
        for name, url in served.urls.items():
            self.stderr.write(f"{name}: {url}")


@contextmanager
def _folder(state: Path | None) -> Iterator[Path]:
    if state:
        state.mkdir(parents=True, exist_ok=True)
        yield state.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="simulate-") as folder:
        yield Path(folder)


def _world(kept: Path | None, users: int) -> World:
    if kept and kept.exists():
        try:
            return World.load(kept)
        except Exception as error:
            raise CommandError(f"{kept} cannot be read ({error!r}). Delete it to begin anew.") from error
    return contoso(datetime.now(UTC), users=users)


def _serve(
    world: World, folder: Path, *, host: str, port: int, pages_port: int, product: str, **options: Any
) -> Served:
    if urlsplit(product).scheme not in ("http", "https"):
        raise CommandError("--product is an address like http://localhost:8000.", returncode=2)
    return serve(world, host, port, pages_port, pages.application(world), folder, product)
