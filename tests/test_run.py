"""How the tests themselves are run: nothing is left out in silence where it counts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
SKIPS = "import pytest\ndef test_it():\n    pytest.skip('no browser')\n"
STAYS = "def test_it():\n    assert True\n"


def run(text: str, folder: Path, **environment: str) -> tuple[int, str]:
    """pytest's exit code and what it said, for one file under the hooks of this folder."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", str(folder)]
    clean = {name: value for name, value in os.environ.items() if name not in {"CI", "TEST_DATABASE"}}
    done = subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_skipped_test_passes_at_home(tmp_path):
    assert run(SKIPS, tmp_path)[0] == 0


def test_a_skipped_test_fails_the_run_in_ci_and_is_named(tmp_path):
    code, said = run(SKIPS, tmp_path, CI="true")
    assert (code, "test_it.py::test_it: Skipped: no browser" in said) == (1, True)


def test_on_postgresql_what_is_marked_once_is_left_out(tmp_path):
    once = "import pytest\n@pytest.mark.once\ndef test_pure():\n    assert True\n"
    code, said = run(once + STAYS, tmp_path, TEST_DATABASE="postgresql")
    assert (code, "1 passed, 1 deselected" in said) == (0, True)


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_without_postgresql_the_second_run_says_so_and_only_ci_fails(ci, code, monkeypatch, capsys):
    monkeypatch.setattr(postgres, "FOLDERS", [])
    for name, value in {"PATH": "", "CI": ci, "TEST_DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    assert postgres.main([]) == code
    assert capsys.readouterr().err == "PostgreSQL was not found here: the tests ran on SQLite only.\n"
