"""Which bookings become an absence, and because of what: the tables of the product."""

from dataclasses import replace
from typing import Any

import pytest

from calendarsync.core.booking import CallForwarding, ShowAs, Skip, Treatment
from calendarsync.core.rules import DEFAULT_RULES, Because, HeldBack, Policy, Verdict, decide

from .samples import (
    BUSY,
    ELSEWHERE,
    FREE,
    LUNCH,
    LUNCH_DIVERTED,
    MEETING,
    OOF,
    STANDARD,
    TENTATIVE,
    UNKNOWN,
    A,
    D,
    booking,
)

NONE, ANNOUNCEMENT = CallForwarding.NONE, CallForwarding.ANNOUNCEMENT
ONE_RULE_FOR_ALL = dict.fromkeys(ShowAs, LUNCH_DIVERTED)


def outcome(verdict: Verdict) -> tuple[str | None, Because]:
    return verdict.absence and verdict.absence.reason, verdict.because


def test_the_standard_template() -> None:
    assert {show_as.value: tuple(rule) for show_as, rule in DEFAULT_RULES.items()} == {
        "busy": (True, "meeting", NONE),
        "free": (False, "meeting", NONE),
        "workingElsewhere": (False, "meeting", NONE),
        "oof": (True, "away", NONE),
        "tentative": (False, "meeting", NONE),
    }


@pytest.mark.parametrize(
    ("show_as", "expected"),
    [
        pytest.param(BUSY, ("meeting", Because.RULE), id="Upptagen"),
        pytest.param(FREE, (None, Because.RULE_OFF), id="Tillgänglig"),
        pytest.param(ELSEWHERE, (None, Because.RULE_OFF), id="Arbetar någon annanstans"),
        pytest.param(OOF, ("away", Because.RULE), id="Frånvarande"),
        pytest.param(TENTATIVE, (None, Because.RULE_OFF), id="Preliminär"),
        pytest.param(UNKNOWN, (None, Because.UNKNOWN_SHOW_AS), id="C35 not known"),
    ],
)
def test_the_standard_template_decides(show_as: ShowAs, expected: tuple[str | None, Because]) -> None:
    verdict = decide(booking("a", "10:00", "11:00", show_as), STANDARD)
    assert outcome(verdict) == expected
    assert verdict.absence is None or verdict.absence.forwarding is NONE


@pytest.mark.parametrize("show_as", [BUSY, FREE, ELSEWHERE, OOF, TENTATIVE])
@pytest.mark.parametrize("rule", [LUNCH, LUNCH_DIVERTED, None])
def test_each_row_of_synkregler_decides_for_its_own_bookings(show_as: ShowAs, rule: Treatment | None) -> None:
    others = {each: MEETING for each in ShowAs if each is not show_as}
    absence = decide(
        booking("a", "10:00", "11:00", show_as), replace(D, rules={**others, show_as: rule})
    ).absence
    assert (absence and Treatment(absence.reason, absence.forwarding)) == rule


# Each layer is laid over the ones before it, in the order of the design: the last one laid decides.
LAYERS: list[tuple[Because, dict[str, Any]]] = [
    (Because.RULE, {}),
    (Because.CHOICE, {"choice": LUNCH}),
    (Because.CHOICE_SKIP, {"choice": Skip.BY_USER}),
    (Because.UNKNOWN_SHOW_AS, {"show_as": UNKNOWN}),
    (Because.EMPTY, {"end": "10:00"}),
    (Because.DECLINED, {"declined": True}),
    (Because.CANCELLED, {"cancelled": True}),
    (Because.PRIVATE, {"private": True}),
]


@pytest.mark.parametrize("height", range(len(LAYERS)), ids=[because.value for because, _ in LAYERS])
def test_the_first_that_applies_decides(height: int) -> None:
    fields: dict[str, Any] = {"end": "11:00"}
    for _, laid in LAYERS[: height + 1]:
        fields |= laid
    verdict = decide(booking("a", "10:00", **fields), replace(D, rules=ONE_RULE_FOR_ALL))
    assert verdict.because is LAYERS[height][0]


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        pytest.param({"private": True}, Because.PRIVATE, id="private"),
        pytest.param({"cancelled": True}, Because.CANCELLED, id="C21 cancelled"),
        pytest.param({"declined": True}, Because.DECLINED, id="C22 declined"),
        pytest.param({"end": "10:00"}, Because.EMPTY, id="C07 no length"),
        pytest.param({"end": "09:00"}, Because.EMPTY, id="C08 ends before it starts"),
        pytest.param({"show_as": UNKNOWN}, Because.UNKNOWN_SHOW_AS, id="C19 C35 unknown Visa som"),
    ],
)
@pytest.mark.parametrize("choice", [None, LUNCH_DIVERTED, Skip.BY_USER])
def test_no_rule_and_no_choice_overrules(fields: dict[str, Any], because: Because, choice: Any) -> None:
    made = booking("a", "10:00", **{"end": "11:00", **fields}, choice=choice, subject="Budget")
    policy = replace(D, rules=ONE_RULE_FOR_ALL, own_rules=ONE_RULE_FOR_ALL)
    assert decide(made, policy) == Verdict(None, because)


PLUGIN_OFF = {"plugin_enabled": False}
HELD_TO_RULES = {"may_change_defaults": False}
OWN = {"own_rules": {BUSY: LUNCH}}
OWN_OFF = {"own_rules": {BUSY: None}}
LOST_CHOICE, LOST_OWN = HeldBack.CHOICE_NOT_COUNTED, HeldBack.OWN_RULE_PLUGIN_OFF


@pytest.mark.parametrize(
    ("switches", "choice", "reason", "because", "held_back"),
    [
        pytest.param({}, None, "meeting", Because.RULE, (), id="nothing of their own"),
        pytest.param({}, LUNCH, "lunch", Because.CHOICE, (), id="a choice"),
        pytest.param({}, Skip.BY_USER, None, Because.CHOICE_SKIP, (), id="V9 a choice not to"),
        pytest.param(OWN, None, "lunch", Because.OWN_RULE, (), id="an own rule"),
        pytest.param(OWN_OFF, None, None, Because.OWN_RULE_OFF, (), id="an own rule not to"),
        pytest.param(OWN_OFF, LUNCH, "lunch", Because.CHOICE, (), id="a choice before an own rule"),
        pytest.param(
            {"own_rules": {OOF: LUNCH}}, None, "meeting", Because.RULE, (), id="own rule of another row"
        ),
        pytest.param(
            {"rules": {BUSY: None}}, LUNCH, "lunch", Because.CHOICE, (), id="a choice though the row is off"
        ),
        pytest.param(
            {"rules": {}} | OWN, None, "lunch", Because.OWN_RULE, (), id="an own rule though the row is off"
        ),
        pytest.param({"rules": {}}, None, None, Because.RULE_OFF, (), id="no row"),
        pytest.param(PLUGIN_OFF, LUNCH, "meeting", Because.RULE, (LOST_CHOICE,), id="choice, plugin off"),
        pytest.param(
            PLUGIN_OFF, Skip.BY_USER, "meeting", Because.RULE, (LOST_CHOICE,), id="skip, plugin off"
        ),
        pytest.param(PLUGIN_OFF | OWN, None, "meeting", Because.RULE, (LOST_OWN,), id="own rule, plugin off"),
        pytest.param(
            PLUGIN_OFF | OWN | {"rules": {}},
            LUNCH,
            None,
            Because.RULE_OFF,
            (LOST_CHOICE, LOST_OWN),
            id="both, plugin off",
        ),
        pytest.param(HELD_TO_RULES, LUNCH, "lunch", Because.CHOICE, (), id="held to the rules, but a choice"),
        pytest.param(
            HELD_TO_RULES | OWN,
            None,
            "meeting",
            Because.RULE,
            (HeldBack.OWN_RULE_NOT_ALLOWED,),
            id="own rule, not allowed",
        ),
        pytest.param(
            HELD_TO_RULES | OWN, LUNCH, "lunch", Because.CHOICE, (), id="own rule not allowed, nor needed"
        ),
        pytest.param(
            HELD_TO_RULES | PLUGIN_OFF | OWN,
            None,
            "meeting",
            Because.RULE,
            (LOST_OWN,),
            id="own rule, both off",
        ),
    ],
)
def test_whose_word_counts(
    switches: dict[str, Any],
    choice: Treatment | Skip | None,
    reason: str | None,
    because: Because,
    held_back: tuple[HeldBack, ...],
) -> None:
    verdict = decide(booking("a", "10:00", "11:00", choice=choice), replace(D, **switches))
    assert (*outcome(verdict), verdict.held_back) == (reason, because, held_back)


@pytest.mark.parametrize(
    ("policy", "choice"),
    [
        pytest.param(D, None, id="by the rule"),
        pytest.param(replace(D, own_rules={BUSY: LUNCH_DIVERTED}), None, id="by an own rule"),
        pytest.param(replace(D, rules={}), LUNCH_DIVERTED, id="by a choice"),
    ],
)
def test_c56_without_the_diversion_service_a_diversion_is_information(
    policy: Policy, choice: Treatment | None
) -> None:
    made = booking("a", "10:00", "11:00", choice=choice)
    given = decide(made, policy)
    cut_back = decide(made, replace(policy, diversion=False))
    assert given.absence is not None
    assert given.held_back == ()
    assert cut_back == Verdict(
        replace(given.absence, forwarding=NONE, priority=given.absence.priority - 100),
        given.because,
        (HeldBack.NO_DIVERSION_SERVICE,),
    )


@pytest.mark.parametrize(
    ("show_as", "points"), [(OOF, 5), (BUSY, 4), (ELSEWHERE, 3), (TENTATIVE, 2), (FREE, 1)]
)
@pytest.mark.parametrize(
    ("source", "more"), [("rules", 0), ("own_rules", 0), ("choice", 1000)], ids=["rule", "own rule", "choice"]
)
@pytest.mark.parametrize(
    ("treatment", "most"), [(LUNCH, 0), (LUNCH_DIVERTED, 100)], ids=["information", "diversion"]
)
def test_priority_is_a_sum(
    show_as: ShowAs, points: int, source: str, more: int, treatment: Treatment, most: int
) -> None:
    choice = treatment if source == "choice" else None
    policy = D if choice else replace(D, **{source: {show_as: treatment}})
    absence = decide(booking("a", "10:00", "11:00", show_as, choice=choice), policy).absence
    assert absence is not None
    assert absence.priority == points + more + most


@pytest.mark.parametrize(
    ("subject", "title", "held_back"),
    [
        pytest.param("Budgetmöte", "Budgetmöte", (), id="as it is"),
        pytest.param(None, None, (), id="none"),
        pytest.param("", None, (), id="empty"),
        pytest.param(" \t\n\x00", None, (), id="nothing to see"),
        pytest.param("  Budget\r\n\tmöte ", "Budget möte", (), id="on one line"),
        pytest.param("Bud\x00get\x07 \ud83dmöte", "Budget möte", (), id="what cannot be stored"),
        pytest.param("Fika 🎂 👩‍👩‍👧", "Fika 🎂 👩‍👩‍👧", (), id="emoji"),
        pytest.param("x" * 255, "x" * 255, (), id="as long as may be"),
        pytest.param("x" * 256, "x" * 254 + "…", (HeldBack.TITLE_CUT,), id="one too long"),
        pytest.param("🎂" * 300, "🎂" * 254 + "…", (HeldBack.TITLE_CUT,), id="characters, not bytes"),
        pytest.param("x" * 253 + " " + "y" * 9, "x" * 253 + "…", (HeldBack.TITLE_CUT,), id="between words"),
        pytest.param("x" * 255 + "\x00 ", "x" * 255, (), id="only what remains is counted"),
    ],
)
def test_the_title_is_one_line_of_at_most_255_characters(
    subject: str | None, title: str | None, held_back: tuple[HeldBack, ...]
) -> None:
    verdict = decide(booking("a", "10:00", "11:00", subject=subject), D)
    assert verdict.absence is not None
    assert (verdict.absence.title, verdict.held_back) == (title, held_back)


def test_c33_with_alla_moten_privata_no_title_is_carried() -> None:
    verdict = decide(booking("a", "10:00", "11:00", subject="x" * 300), replace(D, titles=False))
    assert verdict.absence is not None
    assert (verdict.absence.title, verdict.held_back) == (None, ())


def test_an_absence_carries_the_booking_it_is_for() -> None:
    made = booking("AAMk=", "10:00", "11:00", OOF, series_id="series", all_day=True, choice=LUNCH)
    absence = decide(made, A).absence
    assert absence is not None
    assert (absence.item_id, absence.series_id, absence.starts_at, absence.ends_at, absence.all_day) == (
        "AAMk=",
        "series",
        made.starts_at,
        made.ends_at,
        True,
    )
    assert (absence.returns_at, absence.key) == (None, "")
