"""Each switch of the plugin, flipped: what counts of the rules, the person's own rules and the person's choices."""

from collections.abc import Callable
from typing import Any

import pytest

from calendarsync.models import SyncedUser, SyncRule

from .factories import A, Office, everything_kept

RULE, OWN, CHOICE = "meeting, back 11:00", "lunch", "vacation, back 11:00"


@pytest.fixture
def two(office: Office) -> dict[str, Any]:
    """Anna has an own rule, *Upptagen* is Lunch; and two meetings, today's without and tomorrow's with a choice."""
    own_rule(office, update=True, reason="lunch")
    plain, chosen = office.book("10:00", "11:00"), office.book("10:00", "11:00", day=1)
    office.world.set_choice(chosen.id, "vacation", "announcement")
    return {"plain": plain, "chosen": chosen}


def own_rule(office: Office, **fields: Any) -> None:
    SyncRule.objects.create(synced_user=office.user(), show_as="busy", **fields)
    SyncedUser.objects.wish()


def heard(office: Office) -> tuple[str, str]:
    """Of the meeting without a choice, and of the one with."""
    office.sync()
    return office.heard("10:30"), office.heard("10:30", day=1)


@pytest.mark.parametrize(
    ("plugin", "defaults", "expected"),
    [
        (False, False, (RULE, RULE)),
        (False, True, (RULE, RULE)),
        (True, False, (RULE, CHOICE)),
        (True, True, (OWN, CHOICE)),
    ],
)
def test_what_counts_with_the_plugin_and_with_own_defaults(
    office: Office, two: dict[str, Any], plugin: bool, defaults: bool, expected: tuple[str, str]
) -> None:
    # From the opposite of both, so that it is the switches that make the difference.
    office.set(plugin_enabled=not plugin, may_change_defaults=not defaults)
    office.sync()
    office.set(plugin_enabled=plugin, may_change_defaults=defaults)
    assert heard(office) == expected


def test_own_rules_begin_and_end_with_the_permission_to_change_defaults(
    office: Office, two: dict[str, Any]
) -> None:
    seen = []
    for allowed in (False, True, False):
        office.set(may_change_defaults=allowed)
        seen.append(heard(office))
    assert seen == [(RULE, CHOICE), (OWN, CHOICE), (RULE, CHOICE)]


def test_an_own_rule_may_say_that_one_x_is_not_updated(office: Office) -> None:
    own_rule(office, update=False, reason="lunch")
    office.book("10:00", "11:00")
    office.set(may_change_defaults=True)
    office.sync()
    assert office.held() == []


def test_an_own_rule_may_synchronise_what_the_administrators_does_not(office: Office) -> None:
    SyncRule.objects.create(synced_user=office.user(), show_as="tentative", update=True, reason="lunch")
    office.book("10:00", "11:00", "tentative")
    office.book("10:00", "11:00", "tentative", who="bertil")
    office.set(may_change_defaults=True)
    office.sync()
    assert (office.held(), office.held("bertil")) == (["10:00–11:00 lunch"], [])


def test_a_choice_comes_changes_and_goes(office: Office) -> None:
    event = office.book("10:00", "11:00")
    seen = []
    for choice in (
        None,
        {"reason": "lunch"},
        {"reason": "lunch", "forwarding": "announcement"},
        {"skip": True},
    ):
        if choice:
            office.world.set_choice(event.id, **choice)
        office.sync()
        seen.append(office.heard("10:30"))
    office.world.clear_choice(event.id)
    office.sync()
    seen.append(office.heard("10:30"))
    assert seen == [RULE, "lunch", "lunch, back 11:00", "-", RULE]


def test_a_choice_synchronises_what_no_rule_does(office: Office) -> None:
    event = office.book("10:00", "11:00", "free")
    office.world.set_choice(event.id, "lunch", "announcement")
    office.sync()
    assert office.heard("10:30") == "lunch, back 11:00"


def test_a_choice_counts_also_where_calendar_views_do_not_carry_it(office: Office) -> None:
    office.world.expand_on_calendar_view = False
    office.world.set_choice(office.book("10:00", "11:00").id, "lunch")
    office.sync()
    assert office.heard("10:30") == "lunch"


def test_a_choice_does_not_make_a_private_booking_public(office: Office) -> None:
    event = office.book("10:00", "11:00", sensitivity="private")
    office.world.set_choice(event.id, "lunch", "announcement")
    office.sync()
    assert (office.held(), "lunch" in repr(office.told())) == ([], False)


def test_a_choice_that_came_with_a_forwarded_item_does_not_count(office: Office) -> None:
    anna, bertil = office.book("10:00", "11:00"), office.book("10:00", "11:00", who="bertil")
    chosen = office.world.set_choice(bertil.id, "lunch").choice
    office.world.change(anna.id, choice=chosen)
    office.sync()
    assert (office.heard("10:30"), office.heard("10:30", who="bertil")) == (RULE, "lunch")


def test_a_choice_of_a_reason_that_one_x_lacks_does_not_count(office: Office) -> None:
    office.world.set_choice(office.book("10:00", "11:00").id, "golf")
    office.sync()
    assert office.heard("10:30") == RULE


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"choice": 1}', '{"choice": "[]"}', '{"choice": "{}"}', "[" * 4_000, "å" * 9_000]
)
def test_a_choice_nobody_can_read_does_not_count_and_stops_nothing(office: Office, text: str) -> None:
    office.book("10:00", "11:00", choice=text)
    office.sync()
    assert (office.heard("10:30"), office.user().trouble) == (RULE, "")


def test_the_add_ins_property_is_asked_for_only_while_the_plugin_is_on(office: Office) -> None:
    office.book("10:00", "11:00")
    asked = []
    for plugin in (True, False):
        office.set(plugin_enabled=plugin)
        office.world.requests.clear()
        office.sync()
        asked.append({"$expand" in each.query for each in office.world.requests if "/users/" in each.path})
    assert asked == [{True}, {False}]


def test_alla_möten_privata_hides_titles_and_nothing_else(opened: Callable[..., Office]) -> None:
    office = opened(*A)
    office.book("10:00", "11:00", subject="Förvärv")
    seen = []
    for all_private in (True, False, True):
        office.set(all_private=all_private)
        office.sync()
        seen.append((office.heard("10:30"), office.titles(), "Förvärv" in everything_kept()))
    assert seen == [(RULE, [None], False), (RULE, ["Förvärv"], True), (RULE, [None], False)]


def test_aktiv_off_withdraws_all_and_on_again_brings_it_back(office: Office) -> None:
    office.book("10:00", "11:00")
    seen = []
    for active in (True, False, True):
        office.set(active=active)
        office.sync()
        seen.append(office.held())
    assert seen == [["10:00–11:00 meeting, back 11:00"], [], ["10:00–11:00 meeting, back 11:00"]]


def test_aktiv_off_reads_nothing(office: Office) -> None:
    office.set(active=False)
    office.asked("calendarView")
    office.book("10:00", "11:00")
    office.sync()
    office.sync("12:00")
    assert (office.asked("calendarView"), office.held()) == (0, [])


def test_one_user_switched_off_is_withdrawn_alone(office: Office) -> None:
    for who in ("anna", "bertil"):
        office.book("10:00", "11:00", who=who)
    office.sync()
    office.provider.users.filter(extension="anna").update(active=False)
    SyncedUser.objects.wish()
    office.sync()
    assert (office.held(), office.held("bertil")) == ([], ["10:00–11:00 meeting"])
