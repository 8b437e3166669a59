"""The tests again on PostgreSQL: `python -m tests.postgres [what pytest takes]`.

A server named by TEST_DATABASE_URL, otherwise one started for this run in a temporary folder: reached by a
socket in it alone, and gone with it. Without PostgreSQL it says so and passes, but not where CI is set.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOTHING_TO_RUN = 5  # pytest's exit code when its arguments match no test
FOLDERS = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"]  # Debian's, Homebrew's
SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses="


def binaries() -> Path | None:
    """The folder of the newest `initdb` and `pg_ctl` of this machine."""
    found = [path for folder in FOLDERS for path in Path(folder).glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path))
    return max(found, key=_version).parent if found else None


def _version(initdb: Path) -> float:
    said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
    return float("".join(c for c in said.split()[2] if c in "0123456789."))


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of an empty server that lives as long as the block. PostgreSQL refuses to run as root."""
    owner = "postgres" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg") as home:
        shutil.chown(home, owner) if owner else None

        def run(program: str, *arguments: str) -> None:
            command = [str(folder / program), "-D", f"{home}/data", *arguments]
            subprocess.run(command, check=True, user=owner, cwd=home, stdout=subprocess.DEVNULL)

        run("initdb", "--no-sync", "--auth=trust", "--username=mss", "--encoding=UTF8", "--locale=C")
        run("pg_ctl", "start", "--wait", "--log", f"{home}/log", "--options", f"{SETTINGS} -k {home}")
        try:
            yield f"postgres://mss@/{home}/mss"
        finally:
            run("pg_ctl", "stop", "--mode=immediate")


def pytest(url: str, arguments: list[str]) -> int:
    environment = {**os.environ, "DATABASE_URL": url, "TEST_DATABASE": "postgresql"}
    done = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment)
    return 0 if done.returncode == NOTHING_TO_RUN else done.returncode


def main(arguments: list[str]) -> int:
    if url := os.environ.get("TEST_DATABASE_URL"):
        return pytest(url, arguments)
    if not (folder := binaries()):
        sys.stderr.write("PostgreSQL was not found here: the tests ran on SQLite only.\n")
        return 1 if os.environ.get("CI") else 0
    with server(folder) as url:
        return pytest(url, arguments)


if __name__ == "__main__":
    # An end from outside passes through the blocks above too, and so stops the server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
