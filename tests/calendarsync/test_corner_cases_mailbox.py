"""Corner cases of who somebody is: addresses, mailboxes, tenants, One X subscriptions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from calendarsync import erase, watch
from calendarsync.models import Provider, SyncedBooking, SyncedUser
from mss.simulators.graph.event import Show

from ..conftest import hire
from .factories import NOWHERE, D, Office, add_provider, at, everything_kept

MEETING = "10:00–11:00 meeting, back 11:00"
LUNCH = at("12:00"), at("13:00")
CANARY = "Kanariefågel"


def test_c36_an_alias_is_resolved_to_the_mailbox_behind_it(
    opened: Callable[..., Office], world: Any, tmp_path: Path
) -> None:
    anna = world.person("anna@contoso.test")
    anna.aliases.append("anna.b@contoso.test")
    world.pbx.extensions["anna"].email = "anna.b@contoso.test"
    office = opened(*D, users=("anna.b@contoso.test",))
    office.book("10:00", "11:00")
    office.sync()
    assert (office.held(), office.user().mailbox_id) == ([MEETING], anna.id)
    assert office.user().addresses == ["anna.b@contoso.test", "anna@contoso.test"]


def test_c37_a_new_address_changes_no_entry(office: Office) -> None:
    office.book("10:00", "11:00")
    office.sync()
    office.told()
    anna = office.person()
    anna.email = anna.upn = "anna.dahl@contoso.test"
    office.world.book(anna.id, "Lunch", *LUNCH)
    office.sync()
    assert office.told() == ["set v1 12:00–13:00 meeting, back 13:00"]


def test_c38_who_takes_over_an_address_is_never_read_into_the_old_subscription(office: Office) -> None:
    office.book("10:00", "11:00")
    office.sync()
    anna = office.world.people.pop(office.person().id)
    office.world.add_person(office.world.tenants[anna.tenant_id], "Anna Ny", "anna@contoso.test")
    office.book("13:00", "14:00", subject=CANARY)
    SyncedUser.objects.wish()
    office.sync()
    assert (office.held(), office.user().trouble) == ([MEETING], "mailbox_not_found")
    assert CANARY not in everything_kept()


@pytest.mark.parametrize(
    "address", ["o'brien@contoso.test", "åsa+möte@contoso.test", "Erik.Öst@Contoso.Test"]
)
def test_c39_an_unusual_address_works(opened: Callable[..., Office], world: Any, address: str) -> None:
    hire(world, next(iter(world.tenants.values())), "Dag Ek", "+46101000009")
    dag = world.person("dag@contoso.test")
    dag.email = dag.upn = address
    world.pbx.extensions["dag"].email = address.lower()
    office = opened(*D, users=(address,))
    world.book(dag.id, "Budget", *LUNCH)
    office.sync()
    assert office.held("dag") == ["12:00–13:00 meeting, back 13:00"]


def test_c39_items_whose_ids_differ_in_case_alone_are_two(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Base64 makes of them ...tB and ...tb.
    ids = iter(["item-11-A", "item-11-["])
    monkeypatch.setattr(office.world, "new_id", lambda: next(ids))
    first, _ = office.book("10:00", "11:00"), office.book("12:00", "13:00")
    office.sync()
    wire = sorted(SyncedBooking.objects.values_list("item_id", flat=True), key=str.lower)
    assert (wire[0] == wire[1], wire[0].lower() == wire[1].lower()) == (False, True)
    office.world.delete(first.id)
    office.sync()
    assert office.held() == ["12:00–13:00 meeting, back 13:00"]


def test_c40_what_graph_gives_without_being_asked_leaves_no_trace(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office = opened(*D, "--plugin")
    shown = Show.__call__

    def talkative(show: Show, event: Any) -> dict[str, Any]:
        more = {"subject": event.subject, "bodyPreview": event.body, "location": {"displayName": CANARY}}
        return shown(show, event) | more | {"body": {"contentType": "text", "content": event.body}}

    monkeypatch.setattr(Show, "__call__", talkative)
    with caplog.at_level("DEBUG"):
        office.book("10:00", "11:00", subject=CANARY, body=CANARY)
        office.book("12:00", "13:00", subject=CANARY, body=CANARY, sensitivity="private")
        office.book("14:00", "15:00", None, subject=CANARY, body=CANARY)
        office.sync()
        call_command("explain", "anna@contoso.test", stdout=NOWHERE)
    assert office.held() == [MEETING]
    assert CANARY not in everything_kept() + caplog.text + repr(list(office.world.pbx.log))


@pytest.mark.parametrize("code", ["MailboxNotEnabledForRESTAPI", "ResourceNotFound"])
def test_c42_c43_both_words_for_no_mailbox_mean_the_same(office: Office, code: str) -> None:
    office.book("10:00", "11:00")
    office.sync()
    office.world.faults.add("graph", "calendarView", part=True, times=None, status=404, code=code)
    SyncedUser.objects.wish()
    office.sync()
    assert (office.user().trouble, office.held()) == ("no_mailbox", [MEETING])


def test_c42_who_has_no_mailbox_stops_nobody_else(opened: Callable[..., Office]) -> None:
    office = opened(*D, users=("cecilia@contoso.test", "anna@contoso.test"))
    office.book("10:00", "11:00")
    office.sync()
    assert (office.user("cecilia").trouble, office.held()) == ("no_mailbox", [MEETING])
    assert office.user("cecilia").last_synced_at is None


def test_c42_an_address_outside_the_tenant_is_told_apart(opened: Callable[..., Office], world: Any) -> None:
    world.pbx.extensions["cecilia"].email = "cecilia@hotmail.test"
    office = opened(*D, users=("cecilia@hotmail.test",))
    assert office.user("cecilia").trouble == "mailbox_not_found"


def test_c44_a_mailbox_whose_items_all_have_new_ids_is_cleared_and_set_in_one_call(office: Office) -> None:
    old = [office.book(f"{hour}:00", f"{hour}:30") for hour in range(10, 16)]
    office.sync()
    before = office.held()
    office.told()
    office.world.faults.add("notify", lose=True, times=None)
    for event in old:
        office.world.delete(event.id)
        office.world.book(event.person_id, event.subject, event.starts_at, event.ends_at)
    calls = office.world.pbx.calls
    office.sync("08:00")
    assert (office.held(), office.world.pbx.calls) == (before, calls + 1)
    assert [change.split()[0] for change in office.told()] == ["clear"] * 6 + ["set"] * 6


def test_c45_a_subscription_follows_one_calendar_and_the_message_names_the_other_instance(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        add_provider(office.world, tmp_path, users=("anna@contoso.test",), name="Andra")
    said = "line 2: anna@contoso.test: the subscription follows anna@contoso.test in Office 365 already\n"
    assert capsys.readouterr().err == said
    assert Provider.objects.get(name="Andra").users.count() == 0


def test_c45_the_database_refuses_the_same_person_in_two_instances(office: Office, tmp_path: Path) -> None:
    other = add_provider(office.world, tmp_path, name="Andra")
    anna = {"company": other.company, "provider": other, "extension": "anna", "email": "anna@contoso.test"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncedUser.objects.create(**anna)
    copy = SyncedUser.objects.create(**anna, active=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncedUser.objects.filter(pk=copy.pk).update(active=True)
    assert SyncedUser.objects.filter(extension="anna", active=True).get().provider == office.provider


def test_c46_a_mailbox_that_is_gone_keeps_its_entries_for_a_day(office: Office) -> None:
    office.book("10:00", "11:00", day=5)
    office.sync()
    office.person().mailbox = False
    for day, now in [(0, "08:00"), (1, "07:55")]:
        office.sync(now, day)
        assert office.heard("10:30", day=5) == "meeting, back 11:00"
    office.sync("09:30", day=1)
    assert office.heard("10:30", day=5) == "-"


def test_c46_a_mailbox_that_comes_back_within_the_day_has_lost_nothing(office: Office) -> None:
    office.book("10:00", "11:00", day=5)
    office.sync()
    office.told()
    office.person().mailbox = False
    office.sync("08:00")
    office.person().mailbox = True
    office.sync("12:00")
    office.sync("12:00", day=1)
    assert (office.told(), office.user().trouble) == ([], "")


def test_c46_whom_the_administrator_removes_is_withdrawn_at_once(office: Office) -> None:
    office.book("10:00", "11:00", subject=CANARY)
    office.sync()
    office.person().mailbox = False
    erase.remove_users(office.provider.users.filter(extension="anna"), timezone.now())
    assert CANARY not in everything_kept()
    office.sync()
    erase.finish()
    assert (office.held(), office.provider.users.filter(extension="anna").count()) == ([], 0)
    assert "anna@contoso.test" not in everything_kept()


@pytest.mark.parametrize("move", [True, False], ids=["to another company", "ended"])
def test_c47_a_subscription_that_is_gone_stops_with_the_next_list_of_them(office: Office, move: bool) -> None:
    office.book("10:00", "11:00")
    office.sync()
    if move:
        office.world.pbx.extensions["anna"].customer_id = "fabrikam"
    else:
        office.world.pbx.extensions.pop("anna")
    watch.keep_house(timezone.now())
    office.book("12:00", "13:00")
    office.sync()
    assert (office.held(), office.user().trouble) == ([], "extension_gone")


def test_c47_a_subscription_that_is_gone_stops_with_the_first_refusal(office: Office) -> None:
    office.world.pbx.extensions.pop("anna")
    office.book("12:00", "13:00")
    office.sync()
    assert (office.held(), office.user().trouble) == ([], "extension_gone")
    assert (office.user().follows, SyncedBooking.objects.count()) == (False, 0)


def test_c48_every_request_asks_for_immutable_ids_and_a_move_between_folders_changes_nothing(
    office: Office,
) -> None:
    event = office.book("10:00", "11:00")
    office.sync()
    office.told()
    office.world.move_to_folder(event.id)
    office.sync()
    assert office.told() == []
    graph = [each for each in office.world.requests if each.face == "graph"]
    assert {part.path for part in graph if part.part} > {"/v1.0/subscriptions", "/v1.0/users"}
    assert [each.path for each in graph if 'IdType="ImmutableId"' not in each.headers.get("Prefer", "")] == []
