"""Keeps a world in a file while it lives."""

import threading
from pathlib import Path

from .world import World

EVERY = 0.5  # seconds


class Keeper:
    """Saves the world soon after each change, and once more at the end."""

    def __init__(self, world: World, path: Path) -> None:
        self.world, self.path = world, path
        self._saved = -1
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._save()

    def _run(self) -> None:
        while not self._ended.wait(EVERY):
            if self.world.revision != self._saved:
                self._save()

    def _save(self) -> None:
        self._saved = self.world.revision
        self.world.save(self.path)
