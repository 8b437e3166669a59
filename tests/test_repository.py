"""What a newcomer meets first is true: the README, the make targets, the size of the files."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + list(
    ROOT.glob("docs/*.md")
)
# A folder of somebody's machine, not one inside the repository or a standard place of a program.
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|Users|root)/\w+")
OUR_APPS = {"accounts", "calendarsync"}


def ours() -> list[Path]:
    """Every file that is or would be committed."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def commands_in(text: str) -> set[str]:
    """The commands a text tells to type after `manage.py`, or names first in a row of a table of commands."""
    typed = re.findall(r"manage\.py ([a-z]+)", text)
    table = re.search(r"^\| command \|.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.+?) \|", table[0], re.MULTILINE) if table else []
    return {*typed, *(name for row in rows for name in re.findall(r"`([a-z]+)", row))}


def test_the_readme_tells_the_two_commands_before_anything_else():
    begins = [line for line in README.splitlines() if line][:5]
    assert [line.split("#")[0].strip() for line in begins[2:]] == ["```", "make demo", "make test"]


def test_every_make_target_is_explained_by_make_help():
    targets = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split())
    helped = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^make (\w+)", helped, re.MULTILINE)) == targets


def test_every_make_target_a_document_names_exists():
    targets = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split())
    typed = re.compile(r"(?:^|`)(?:\w+=\S+ )?make ([a-z]+)", re.MULTILINE)
    assert {name for path in DOCUMENTS for name in typed.findall(path.read_text())} - targets == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_a_document_names_exists(path):
    assert commands_in(path.read_text()) - set(get_commands()) == set()


def test_the_readme_names_every_command_of_ours():
    assert {name for name, app in get_commands().items() if app in OUR_APPS} - commands_in(README) == set()


def test_the_readme_lists_exactly_the_settings_that_are_read():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "mss" / "settings.py").read_text()))
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)) == read


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_repository_leads_somewhere(path):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_promise_of_the_architecture_names_tests_that_exist():
    rows = re.findall(
        r"^\| \d+ \|.*\|([^|]*)\|$", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE
    )
    named = [re.findall(r"`(tests/[^`]+)::(\w+)`", row) for row in rows]
    assert [row for row, tests in zip(rows, named, strict=True) if not tests] == []
    assert [each for tests in named for each in tests if not is_test(*each)] == []


def is_test(path: str, name: str) -> bool:
    return (ROOT / path).exists() and f"def {name}(" in (ROOT / path).read_text()


def test_no_file_names_a_folder_of_somebodys_machine():
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in ours() if path != Path(__file__)}
    assert {
        str(path): MACHINE_PATH.findall(text) for path, text in texts.items() if MACHINE_PATH.search(text)
    } == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see /home/anna/mss", True),
        ("/Users/bo/mss is", True),
        ("https://x.test/home/page", False),
        ("a/home/b/c", False),
    ],
)
def test_a_machine_path_is_told_from_others(text, found):
    assert bool(MACHINE_PATH.search(text)) is found


def test_no_python_file_is_longer_than_400_lines():
    lengths = {path: len(path.read_text().splitlines()) for path in ours() if path.suffix == ".py"}
    assert {str(p): n for p, n in lengths.items() if n > 400 and "migrations" not in p.parts} == {}
