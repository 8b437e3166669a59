"""What a demo stands on: its folder, its ports, and what its processes are told.

The folder is `var/demo`, or DEMO_FOLDER: two demos in different ones do not know of each other.
"""

import os
import secrets
import shlex
import shutil
import socket
import time
from pathlib import Path

import httpx

from . import leash

OURS = ("SECRET_KEY", "DEBUG", "DATABASE_URL", "PUBLIC_URL", "NOTIFICATION_URL")

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("DEMO_FOLDER") or ROOT / "var" / "demo")
LOCK = FOLDER / "lock"
DATABASE = FOLDER / "demo.sqlite3"
WORLD = FOLDER / "world.pickle"  # saved by `simulate --keep`
WORLD_READY = FOLDER / "world.env"  # how to reach the world; there when it answers
ENVIRONMENT = FOLDER / "environment"  # for a shell: `make manage ARGS=...` asks the running demo
KEPT = FOLDER / "kept.env"  # our key, ports and password: subscriptions that the world keeps name a port


def begin(keep: bool) -> dict[str, str]:
    """The key, the ports and Telenor's password: the last demo's if it can be kept whole, otherwise new ones."""
    WORLD_READY.unlink(missing_ok=True)
    known = read(KEPT) if keep and all(path.exists() for path in (DATABASE, WORLD, KEPT)) else {}
    if not known:
        _clear()
    made = {"SECRET_KEY": secrets.token_urlsafe(40), "STAFF_PASSWORD": secrets.token_urlsafe(12)}
    ports = zip(("WEB_PORT", "WORLD_PORT", "PAGES_PORT"), free_ports(3), strict=True)
    kept = {**made, **{name: str(port) for name, port in ports}, **known}
    KEPT.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    return kept


def environment(kept: dict[str, str]) -> dict[str, str]:
    """What all processes of the demo share. What the world adds is in WORLD_READY."""
    here = f"127.0.0.1:{kept['WEB_PORT']}"
    return {
        **os.environ,
        **kept,
        "DEBUG": "True",
        # Relative, so that no character of a folder's name needs escaping.
        "DATABASE_URL": f"sqlite:///{os.path.relpath(DATABASE, ROOT)}",
        "PUBLIC_URL": f"http://{here}",
        "NOTIFICATION_URL": f"http://{here}",
        "BIND": here,
        "SUPPORT_PHONE": "020-000 00 00",
        "WEB_CONCURRENCY": "1",
        "PYTHONUNBUFFERED": "1",
        # Everything is on this machine, whatever proxy leads out of it.
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        leash.VARIABLE: str(LOCK),
    }


def tell_shells() -> None:
    """Write down what aims a command at this demo. Called where the environment is whole."""
    lines = [f"{name}={shlex.quote(os.environ[name])}" for name in (*OURS, *read(WORLD_READY))]
    ENVIRONMENT.write_text("\n".join(lines) + "\n")


def free_ports(count: int) -> list[int]:
    """Loopback ports nobody listens on, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def read(path: Path) -> dict[str, str]:
    """A file of NAME=VALUE lines."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def wait_for_world() -> dict[str, str]:
    while not WORLD_READY.exists():
        time.sleep(0.1)
    return read(WORLD_READY)


def wait_for_web(url: str) -> None:
    while True:
        try:
            httpx.get(f"{url}/readyz").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)


def _clear() -> None:
    for path in FOLDER.iterdir():
        if path == LOCK:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
