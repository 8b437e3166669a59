"""Adding an instance at delivery, and all that is refused without leaving anything behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tablib import Dataset

from accounts.models import Company
from calendarsync import connect
from calendarsync.models import Provider, SyncedUser, SyncRule

from .factories import emails, rows_of_all_tables

STRANGER = "11111111-2222-4333-8444-555555555555"


def made() -> dict[str, int]:
    """How many rows there are of what `addprovider` makes."""
    models = (Company, Provider, SyncRule, SyncedUser)
    return {model.__name__: model.objects.count() for model in models}


NOTHING = {"Company": 0, "Provider": 0, "SyncRule": 0, "SyncedUser": 0}


def test_a_provider_has_the_standard_template_and_is_off_unless_asked(add: Any) -> None:
    assert add() == (0, f"Provider {Provider.objects.get().pk}, Office 365 of Contoso AB: 0 users.\n", "")
    provider = Provider.objects.get()
    assert (provider.active, provider.days_ahead, provider.plugin_enabled) == (False, 14, False)
    assert (provider.all_private, provider.may_change_defaults) == (True, False)
    rules = {rule.show_as: (rule.update, rule.reason, rule.forwarding) for rule in provider.rules.all()}
    assert rules == {
        "busy": (True, "meeting", "none"),
        "free": (False, "meeting", "none"),
        "workingElsewhere": (False, "meeting", "none"),
        "oof": (True, "away", "none"),
        "tentative": (False, "meeting", "none"),
    }
    company = Company.objects.get()
    assert (company.customer, company.name, company.organisation_number) == (
        "contoso",
        "Contoso AB",
        "556000-0001",
    )


def test_a_one_x_without_a_reason_of_the_template_gets_its_first_one(add: Any, world: Any) -> None:
    world.pbx.reasons = {"busy": ("Upptagen", "Busy"), "meeting": ("Möte", "Meeting")}
    add()
    assert SyncRule.objects.get(show_as="oof").reason == "busy"


def test_rules_and_switches_are_as_asked(add: Any) -> None:
    rules = ["--rule", "busy=lunch:announcement", "--rule", "oof=off", "--rule", "tentative=away:none"]
    assert add("--active", "--plugin", "--titles", "--days", "60", *rules)[0] == 0
    provider = Provider.objects.get()
    assert (provider.active, provider.plugin_enabled, provider.all_private) == (True, True, False)
    assert provider.days_ahead == 60
    on = {rule.show_as: (rule.reason, rule.forwarding) for rule in provider.rules.filter(update=True)}
    assert on == {"busy": ("lunch", "announcement"), "tentative": ("away", "none")}


@pytest.mark.parametrize(
    "wrong",
    [
        *(("--days", days) for days in ("0", "-1", "400", "61", "x", "", "1.5", "１４", "14 ", "9" * 5_000)),
        *(("--tenant", tenant) for tenant in ("contoso.test", "", "x" * 36, STRANGER + "0", "common")),
        *(("--rule", rule) for rule in ("busy", "busy=", "lunch=busy", "unknown=meeting", "=", "")),
        *(
            ("--rule", rule)
            for rule in ("busy=meeting:loud", "busy=golf", "busy=meeting:none:none", "busy=MEETING")
        ),
        ("--kind", "exchange_onprem"),
        ("--name", ""),
        ("--name", "x" * 101),
        ("--customer", "nobody"),
        ("--customer", "../contoso"),
        ("--colour", "blue"),
    ],
    ids=lambda wrong: "=".join(wrong)[:40],
)
def test_what_is_wrong_is_refused_and_nothing_is_made(add: Any, wrong: tuple[str, str]) -> None:
    code, out, err = add(*wrong)
    assert (code != 0, out, made()) == (True, "", NOTHING)
    assert err.strip() != ""


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--days", "400"), "'400': give a whole number from 1 to 60"),
        (("--tenant", "contoso.test"), "'contoso.test': give the tenant id (a GUID), as Entra shows it"),
        (("--rule", "busy=golf"), "One X has no absence reason golf for this company."),
    ],
)
def test_a_refusal_says_what_would_be_right(add: Any, option: tuple[str, str], said: str) -> None:
    _, _, err = add(*option)
    assert said in err


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(None, "users.csv", id="missing"),
        pytest.param(b"", "users.csv", id="empty"),
        pytest.param(b"\n\n\n", "users.csv", id="empty lines"),
        pytest.param(b"e-post\n", "users.csv", id="only a header"),
        pytest.param(b"namn,telefon\nAnna,123\n", "users.csv", id="no column of addresses"),
        pytest.param(bytes(range(256)) * 100, "users.csv", id="binary"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(500), "users.png", id="a picture"),
        pytest.param(b"PK\x03\x04 and then nothing", "users.csv", id="half a workbook"),
        pytest.param(b"anna@contoso.test", "users.xlsx", id="no workbook"),
        pytest.param(b"a@b.test\n" * 20_001, "users.csv", id="20,001 rows"),
        pytest.param(b"x" * 5_000_001, "users.csv", id="over 5 MB"),
    ],
)
def test_a_file_that_is_no_list_of_users_is_refused_and_nothing_is_made(
    add: Any, listed: Callable[..., Path], tmp_path: Path, content: bytes | None, name: str
) -> None:
    file = tmp_path / name if content is None else listed(content, name)
    code, out, err = add("--users", file)
    assert (code, out, made()) == (1, "", NOTHING)
    assert len(err.splitlines()) == 1


def workbook(*rows: tuple[str, ...]) -> bytes:
    exported: bytes = Dataset(*rows, headers=("E-post", "Abonnemang")).export("xlsx")
    return exported


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param("anna@contoso.test\nbertil@contoso.test\n", "users.csv", id="no header"),
        pytest.param("e-post\nanna@contoso.test\nbertil@contoso.test", "users.csv", id="e-post"),
        pytest.param(
            "Namn;Email\nÅsa;anna@contoso.test\nBo;bertil@contoso.test", "users.csv", id="semicolon"
        ),
        pytest.param(
            "email\tnamn\nanna@contoso.test\tÅ\nbertil@contoso.test\tB", "users.tsv", id="tabulator"
        ),
        pytest.param("\ufeffe-post\r\nanna@contoso.test\r\nbertil@contoso.test\r\n", "users.csv", id="BOM"),
        pytest.param(
            "namn;e-post\nÅsa Öberg;anna@contoso.test\nBo;bertil@contoso.test\n".encode("cp1252"),
            "users.csv",
            id="cp1252",
        ),
        pytest.param(
            "e-post,abonnemang\nanna@contoso.test,010-100 00 01\nbertil@contoso.test,+46101000002\n",
            "users.csv",
            id="numbers",
        ),
        pytest.param(
            workbook(("anna@contoso.test", ""), ("bertil@contoso.test", "bertil@contoso.test")),
            "users.xlsx",
            id="a workbook",
        ),
        pytest.param(
            workbook(("anna@contoso.test", ""), ("bertil@contoso.test", "")),
            "users.csv",
            id="a workbook by another name",
        ),
    ],
)
def test_a_list_is_read_as_it_comes(
    add: Any, listed: Callable[..., Path], content: str | bytes, name: str
) -> None:
    code, _, err = add("--users", listed(content, name))
    assert (code, err, emails()) == (0, "", ["anna@contoso.test", "bertil@contoso.test"])
    assert list(SyncedUser.objects.order_by("pk").values_list("extension", "number", "diversion")) == [
        ("anna", "+46101000001", True),
        ("bertil", "+46101000002", False),
    ]


def test_rows_that_cannot_be_added_are_told_one_by_one_and_the_others_are_added(
    add: Any, listed: Callable[..., Path]
) -> None:
    rows = [
        "e-post,abonnemang",
        "anna@contoso.test",
        "ANNA@contoso.test",
        "nobody@contoso.test",
        "not an address",
        "boss@contoso.test,anna@contoso.test",
        ",+46101000002",
        "dag@fabrikam.test,+46709999999",
        "<b>@contoso.test",
        "cecilia@contoso.test,+46101000003,more,and more",
    ]
    code, out, err = add("--users", listed("\n".join(rows)))
    assert (code, emails()) == (3, ["anna@contoso.test", "cecilia@contoso.test"])
    assert out.endswith("Office 365 of Contoso AB: 2 users.\n")
    assert err.splitlines() == [
        "line 3: ANNA@contoso.test: the same address as in line 2",
        "line 4: nobody@contoso.test: no One X subscription of Contoso AB is nobody@contoso.test",
        "line 5: not an address: not an e-mail address",
        "line 6: boss@contoso.test: the same subscription as in line 2",
        "line 7: (empty): not an e-mail address",
        "line 8: dag@fabrikam.test: no One X subscription of Contoso AB is +46709999999",
        "line 9: <b>@contoso.test: not an e-mail address",
        "Some rows were not added. Mend them and run importusers.",
    ]


def test_a_subscription_of_another_company_cannot_be_added(
    add: Any, listed: Callable[..., Path], world: Any
) -> None:
    world.pbx.extensions["bertil"].customer_id = "fabrikam"
    code, _, _ = add("--users", listed("anna@contoso.test\nbertil@contoso.test\n"))
    assert (code, emails()) == (3, ["anna@contoso.test"])


def test_the_same_name_twice_is_refused(add: Any) -> None:
    add()
    before = made()
    assert add()[0] == 1
    assert made() == before


def test_the_tenant_of_another_company_is_refused(add: Any, world: Any) -> None:
    other = Company.objects.create(customer="fabrikam", name="Fabrikam AB")
    Provider.objects.create(
        company=other, kind="exchange_online", tenant=next(iter(world.tenants)), name="365"
    )
    before = rows_of_all_tables()
    assert add() == (1, "", "tenant: This tenant belongs to another company.\n")
    assert rows_of_all_tables() == before


@pytest.mark.parametrize("path", ["customers/contoso$", "reasons", "extensions"])
@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"reset": True}, {"garbage": True}], ids=["503", "gone", "garbage"]
)
def test_with_one_x_away_nothing_is_made(
    add: Any, world: Any, listed: Callable[..., Path], path: str, fault: dict[str, Any]
) -> None:
    world.faults.add("onex", path, times=None, **fault)
    code, out, err = add("--users", listed("anna@contoso.test\n"))
    assert (code, out, made()) == (4, "", NOTHING)
    assert err.startswith("One X: ")


def test_with_a_wrong_token_one_x_is_told_to_be_asked_with_another(add: Any, settings: Any) -> None:
    settings.ONEX_TOKEN = "wrong"
    connect.forget()
    said = "One X: One X does not accept this service. Operations: check ONEX_TOKEN.\n"
    assert (add(), made()) == ((4, "", said), NOTHING)
