"""A customer's list of users at the terminal: added, known, wrong, not in it any more."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from calendarsync import erase, userlist
from calendarsync.models import Provider, SyncedUser

from .factories import AWAY, D, Office, emails, rows_of_all_tables


@pytest.fixture
def provider(add: Any) -> int:
    """The number of a provider without users."""
    add("--active", *D)
    return Provider.objects.get().pk


ALL = "anna@contoso.test\nbertil@contoso.test\ncecilia@contoso.test\n"


def test_a_list_is_imported(run: Any, provider: int, listed: Callable[..., Path]) -> None:
    answer = run("importusers", listed(ALL), "--provider", provider, "--noinput")
    assert answer == (0, "3 users added, 0 removed, 0 known already.\n", "")
    assert emails() == ALL.split()


def test_a_list_imported_twice_adds_nobody_the_second_time(
    run: Any, provider: int, listed: Callable[..., Path]
) -> None:
    run("importusers", listed(ALL), "--provider", provider, "--noinput")
    before = rows_of_all_tables()
    answer = run("importusers", listed(ALL.upper()), "--provider", provider, "--noinput")
    assert answer == (0, "0 users added, 0 removed, 3 known already.\n", "")
    assert rows_of_all_tables() == before


def test_a_dry_run_of_an_import_says_what_would_be_and_writes_nothing(
    run: Any, provider: int, listed: Callable[..., Path]
) -> None:
    run("importusers", listed("anna@contoso.test"), "--provider", provider, "--noinput")
    before = rows_of_all_tables()
    options = ["--provider", provider, "--dry-run", "--remove-missing"]
    answer = run("importusers", listed("bertil@contoso.test\n"), *options)
    assert answer == (0, "1 user would be added, 1 would be removed, 0 known already.\n", "")
    assert rows_of_all_tables() == before


def test_without_a_terminal_somebody_has_to_say_noinput(
    run: Any, provider: int, listed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    before = rows_of_all_tables()
    code, out, err = run("importusers", listed(ALL), "--provider", provider)
    said = "3 users will be added to Office 365 and 0 removed. Confirm with --noinput, or look first with --dry-run.\n"
    assert (code, out, err) == (2, "", said)
    assert rows_of_all_tables() == before


@pytest.mark.parametrize(("typed", "code", "users"), [("y", 0, 3), ("ja", 0, 3), ("", 1, 0), ("n", 1, 0)])
def test_at_a_terminal_it_asks(
    run: Any,
    provider: int,
    listed: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
    users: int,
) -> None:
    terminal = StringIO(f"{typed}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    assert run("importusers", listed(ALL), "--provider", provider)[0] == code
    assert SyncedUser.objects.count() == users


def test_rows_that_cannot_be_imported_are_written_to_a_file(
    run: Any, provider: int, listed: Callable[..., Path], tmp_path: Path
) -> None:
    file, errors = listed("e-post\nanna@contoso.test\nnobody@contoso.test\nx\n"), tmp_path / "errors.csv"
    code, out, _ = run("importusers", file, "--provider", provider, "--noinput", "--errors", errors)
    assert (code, out) == (3, "1 user added, 0 removed, 0 known already.\n")
    assert errors.read_text(encoding="utf-8").splitlines() == [
        "line,email,problem",
        "3,nobody@contoso.test,no One X subscription of Contoso AB is nobody@contoso.test",
        "4,x,not an e-mail address",
    ]


def test_an_errors_file_that_cannot_be_written_is_told_after_the_rows(
    run: Any, provider: int, listed: Callable[..., Path], tmp_path: Path
) -> None:
    file, errors = listed("anna@contoso.test\nx\n"), tmp_path / "none" / "errors.csv"
    code, _, err = run("importusers", file, "--provider", provider, "--noinput", "--errors", errors)
    assert (code, emails()) == (3, ["anna@contoso.test"])
    assert err.splitlines() == ["line 2: x: not an e-mail address", f"{errors}: No such file or directory"]


def test_who_is_not_in_the_list_any_more_is_withdrawn_and_erased(
    run: Any, office: Office, listed: Callable[..., Path]
) -> None:
    office.book("10:00", "11:00")
    office.sync()
    options = ["--provider", office.provider.pk, "--noinput", "--remove-missing"]
    answer = run("importusers", listed("bertil@contoso.test\n"), *options)
    assert answer == (0, "0 users added, 1 removed, 1 known already.\n", "")
    office.sync()
    erase.finish()
    assert (office.held(), emails()) == ([], ["bertil@contoso.test"])


def test_without_remove_missing_nobody_is_removed(
    run: Any, office: Office, listed: Callable[..., Path]
) -> None:
    options = ["--provider", office.provider.pk, "--noinput"]
    assert run("importusers", listed("bertil@contoso.test\n"), *options)[0] == 0
    assert SyncedUser.objects.listed().count() == 2


def test_an_import_into_nothing_or_from_nothing_is_refused(
    run: Any, provider: int, listed: Callable[..., Path], world: Any, tmp_path: Path
) -> None:
    unknown = run("importusers", listed(ALL), "--provider", provider + 1, "--noinput")
    assert unknown == (1, "", f"There is no provider {provider + 1}.\n")
    missing = run("importusers", tmp_path / "none.csv", "--provider", provider, "--noinput")
    assert missing == (1, "", "none.csv: No such file or directory\n")
    world.faults.add("onex", "extensions", times=None, status=503)
    away = run("importusers", listed(ALL), "--provider", provider, "--noinput")
    assert (away, SyncedUser.objects.count()) == ((4, "", f"One X: {AWAY}\n"), 0)


@pytest.mark.parametrize(
    ("cell", "inert"),
    [
        ("=1+1", "'=1+1"),
        ("+46", "'+46"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("＝1", "'＝1"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, inert: str) -> None:
    assert userlist.inert(cell) == inert


def test_nobody_is_removed_by_a_list_with_a_row_that_cannot_be_read(
    run: Any, provider: int, listed: Callable[..., Path]
) -> None:
    run("importusers", listed(ALL), "--provider", provider, "--noinput")
    kept = SyncedUser.objects.listed().count()
    answer = run(
        "importusers",
        listed("anna@contoso.test\nbertil@"),
        "--provider",
        provider,
        "--remove-missing",
        "--noinput",
    )
    assert answer[0] == 1
    assert "Nobody is removed by a list with such rows. Mend them first." in answer[2]
    assert SyncedUser.objects.listed().count() == kept
