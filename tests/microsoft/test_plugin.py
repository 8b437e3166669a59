"""The Outlook add-in's choice for one booking."""

import json

import pytest

from calendarsync.core.booking import CallForwarding, Skip, Treatment
from calendarsync.exchange import plugin

OWNERS = ("Anna.Berg@contoso.test", "anna@contoso.test")
REASONS = frozenset({"lunch", "meeting"})
LUNCH = {"v": 1, "owner": "anna.berg@contoso.test", "reason": "lunch", "forwarding": "announcement"}


def bag(chosen):
    return json.dumps({"choice": json.dumps(chosen)})


def test_a_reason_and_a_forwarding_are_a_treatment():
    assert plugin.choice(bag(LUNCH), OWNERS, REASONS) == Treatment("lunch", CallForwarding.ANNOUNCEMENT)


def test_an_alias_of_the_mailbox_is_its_owner_in_any_case():
    text = bag(LUNCH | {"owner": "ANNA@CONTOSO.TEST", "forwarding": "none"})
    assert plugin.choice(text, OWNERS, REASONS) == Treatment("lunch", CallForwarding.NONE)


def test_skip_is_a_choice_too():
    text = bag({"v": 1, "owner": "anna.berg@contoso.test", "skip": True})
    assert plugin.choice(text, OWNERS, REASONS) is Skip.BY_USER


def test_any_reason_will_do_where_the_list_is_not_known():
    assert plugin.choice(bag(LUNCH | {"reason": "golf"}), OWNERS, None) == Treatment(
        "golf", CallForwarding.ANNOUNCEMENT
    )


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": "1"},
        {"v": None},
        {"owner": "bo@contoso.test"},
        {"owner": None},
        {"owner": ["anna@contoso.test"]},
        {"reason": "golf"},
        {"reason": ["lunch"]},
        {"reason": None},
        {"forwarding": "voicemail"},
        {"forwarding": None},
        {"forwarding": {}},
        {"reason": None, "skip": "yes"},
    ],
)
def test_anything_not_understood_is_no_choice(change):
    assert plugin.choice(bag(LUNCH | change), OWNERS, REASONS) is None


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"choice": 1}',
        '{"choice": {"v": 1}}',
        '{"choice": "{"}',
        '{"choice": "[]"}',
        "[" * 4_000,
        json.dumps({"choice": json.dumps(LUNCH | {"pad": "x" * plugin.LONGEST})}),
    ],
)
def test_a_bag_that_does_not_parse_is_no_choice(text):
    assert plugin.choice(text, OWNERS, REASONS) is None


def test_the_property_is_named_after_the_add_in():
    assert plugin.property_id("9c2a") == "String {00020329-0000-0000-C000-000000000046} Name cecp-9c2a"
