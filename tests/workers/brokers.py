"""Message brokers of one's own: in a folder and on ports of their own, and gone with the test."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from kombu import Connection

from mss.stage import free_ports

from .processes import Process, until


class Broker:
    """Started and stopped as often as a test likes; comes back at the same address."""

    package = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._running: list[Process] = []

    @classmethod
    def found(cls) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Returns when it can be used."""
        self._running += self._start()
        until(self._ready, 60, *(process.log for process in self._running))

    def _start(self) -> list[Process]:
        raise NotImplementedError

    def stop(self) -> None:
        """At once and without goodbye, like a machine that lost its power."""
        while self._running:
            self._running.pop().kill()

    def _ready(self) -> bool:
        with suppress(Exception), Connection(self.url, connect_timeout=1) as connection:
            connection.default_channel.close()
            return True
        return False


class Redis(Broker):
    """Keeps nothing: what it held is lost when it stops."""

    package = "redis-server"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def found(cls) -> bool:
        return shutil.which("redis-server") is not None

    def _start(self) -> list[Process]:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        return [Process(command, {"PATH": os.environ["PATH"]}, self.folder / "redis.log", folder=self.folder)]


class RabbitMq(Broker):
    """With a directory of names (epmd) of its own. As root it runs as the package's user, which it asks for."""

    package = "rabbitmq-server"
    # Debian's command of this name changes its user and its folder; this is what it calls.
    PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.user = "rabbitmq" if os.getuid() == 0 else None
        self.port, self.distribution, self.names = free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @classmethod
    def found(cls) -> bool:
        return shutil.which("rabbitmq-server") is not None and shutil.which("epmd") is not None

    def _start(self) -> list[Process]:
        if self.user:
            shutil.chown(self.folder, self.user)
        program = str(self.PROGRAM) if self.PROGRAM.exists() else "rabbitmq-server"
        names = ["epmd", "-port", str(self.names), "-address", "127.0.0.1"]
        return [self._process(names, "epmd.log"), self._process([program], "rabbitmq.log")]

    def _process(self, command: list[str], log: str) -> Process:
        return Process(command, self._environment(), self.folder / log, self.user, self.folder)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),  # the cookie
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/data",
            "RABBITMQ_LOG_BASE": f"{self.folder}/log",
            "RABBITMQ_PID_FILE": f"{self.folder}/pid",
            # This machine's own settings are none of ours.
            "RABBITMQ_CONFIG_FILE": f"{self.folder}/none",
            "RABBITMQ_CONF_ENV_FILE": f"{self.folder}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/none",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none",
        }
