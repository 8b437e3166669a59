"""Which bookings become an absence, which reason and forwarding they get, and why."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from .booking import Absence, Booking, CallForwarding, ShowAs, Skip, Treatment

TITLE_LENGTH = 255
CHOICE_POINTS = 1000
DIVERSION_POINTS = 100
SHOW_AS_POINTS: Mapping[ShowAs, int] = {
    ShowAs.OOF: 5,
    ShowAs.BUSY: 4,
    ShowAs.WORKING_ELSEWHERE: 3,
    ShowAs.TENTATIVE: 2,
    ShowAs.FREE: 1,
}


class DefaultRule(NamedTuple):
    """A row of the standard template (*standardmall*): whether it is on, and what it says."""

    update: bool
    reason: str
    forwarding: CallForwarding


# In the order of the table *Synkregler*. `ShowAs.UNKNOWN` has no row: it is never synchronised.
DEFAULT_RULES: Mapping[ShowAs, DefaultRule] = {
    ShowAs.BUSY: DefaultRule(True, "meeting", CallForwarding.NONE),
    ShowAs.FREE: DefaultRule(False, "meeting", CallForwarding.NONE),
    ShowAs.WORKING_ELSEWHERE: DefaultRule(False, "meeting", CallForwarding.NONE),
    ShowAs.OOF: DefaultRule(True, "away", CallForwarding.NONE),
    ShowAs.TENTATIVE: DefaultRule(False, "meeting", CallForwarding.NONE),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts for one person, resolved once.

    `rules` are the provider's: None or absent is "not synchronised". `own_rules` are the person's: a key that
    is present is a rule of theirs, None in it "do not synchronise". `titles` is *Alla möten privata* off;
    `diversion` is whether the extension has the diversion service.
    """

    rules: Mapping[ShowAs, Treatment | None]
    own_rules: Mapping[ShowAs, Treatment | None]
    plugin_enabled: bool
    may_change_defaults: bool
    titles: bool
    diversion: bool


class Because(StrEnum):
    """What decided, in the order in which it is asked."""

    PRIVATE = "private"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EMPTY = "empty"
    UNKNOWN_SHOW_AS = "unknown_show_as"
    CHOICE = "choice"
    CHOICE_SKIP = "choice_skip"
    OWN_RULE = "own_rule"
    OWN_RULE_OFF = "own_rule_off"
    RULE = "rule"
    RULE_OFF = "rule_off"


class HeldBack(StrEnum):
    """What was wished for but did not count, or was given only in part."""

    CHOICE_NOT_COUNTED = "choice_not_counted"
    OWN_RULE_PLUGIN_OFF = "own_rule_plugin_off"
    OWN_RULE_NOT_ALLOWED = "own_rule_not_allowed"
    NO_DIVERSION_SERVICE = "no_diversion_service"
    TITLE_CUT = "title_cut"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a booking: an absence, or None for "not synchronised"."""

    absence: Absence | None
    because: Because
    held_back: tuple[HeldBack, ...] = ()


def decide(booking: Booking, policy: Policy) -> Verdict:
    """Judge one booking by itself (neighbours: `timeline`). The first of `Because` that applies decides."""
    barred = _barred(booking)
    if barred is not None:
        return Verdict(None, barred)
    treatment, because = _treatment(booking, policy)
    held_back = tuple(_not_counted(booking, policy))
    if treatment is None:
        return Verdict(None, because, held_back)
    absence, lost = _absence(booking, treatment, because, policy)
    return Verdict(absence, because, held_back + lost)


def _barred(booking: Booking) -> Because | None:
    bars = {
        Because.PRIVATE: booking.private,
        Because.CANCELLED: booking.cancelled,
        Because.DECLINED: booking.declined,
        Because.EMPTY: booking.ends_at <= booking.starts_at,
        Because.UNKNOWN_SHOW_AS: booking.show_as is ShowAs.UNKNOWN,
    }
    return next((because for because, applies in bars.items() if applies), None)


def _treatment(booking: Booking, policy: Policy) -> tuple[Treatment | None, Because]:
    if policy.plugin_enabled and booking.choice is Skip.BY_USER:
        return None, Because.CHOICE_SKIP
    if policy.plugin_enabled and isinstance(booking.choice, Treatment):
        return booking.choice, Because.CHOICE
    if policy.plugin_enabled and policy.may_change_defaults and booking.show_as in policy.own_rules:
        own = policy.own_rules[booking.show_as]
        return own, Because.OWN_RULE if own else Because.OWN_RULE_OFF
    rule = policy.rules.get(booking.show_as)
    return rule, Because.RULE if rule else Because.RULE_OFF


def _not_counted(booking: Booking, policy: Policy) -> Iterator[HeldBack]:
    """Only what would have decided: an own rule behind a choice that counts was not held back by anybody."""
    has_own_rule = booking.show_as in policy.own_rules
    if not policy.plugin_enabled:
        if booking.choice is not None:
            yield HeldBack.CHOICE_NOT_COUNTED
        if has_own_rule:
            yield HeldBack.OWN_RULE_PLUGIN_OFF
    elif has_own_rule and booking.choice is None and not policy.may_change_defaults:
        yield HeldBack.OWN_RULE_NOT_ALLOWED


def _absence(
    booking: Booking, treatment: Treatment, because: Because, policy: Policy
) -> tuple[Absence, tuple[HeldBack, ...]]:
    given, no_service = _within_service(treatment, policy.diversion)
    title, cut = _title(booking.subject if policy.titles else None)
    absence = Absence(
        item_id=booking.item_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        reason=given.reason,
        forwarding=given.forwarding,
        priority=_priority(booking.show_as, given.forwarding, because),
        series_id=booking.series_id,
        all_day=booking.all_day,
        title=title,
    )
    return absence, no_service + cut


def _within_service(treatment: Treatment, diversion: bool) -> tuple[Treatment, tuple[HeldBack, ...]]:
    if diversion or treatment.forwarding is CallForwarding.NONE:
        return treatment, ()
    return replace(treatment, forwarding=CallForwarding.NONE), (HeldBack.NO_DIVERSION_SERVICE,)


def _priority(show_as: ShowAs, forwarding: CallForwarding, because: Because) -> int:
    choice = CHOICE_POINTS if because is Because.CHOICE else 0
    diversion = DIVERSION_POINTS if forwarding is CallForwarding.ANNOUNCEMENT else 0
    return choice + diversion + SHOW_AS_POINTS[show_as]


def _title(subject: str | None) -> tuple[str | None, tuple[HeldBack, ...]]:
    """One line of at most `TITLE_LENGTH` characters. PostgreSQL takes no NUL, and UTF-8 no lone surrogate."""
    storable = (c for c in subject or "" if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    title = " ".join("".join(storable).split())
    if len(title) <= TITLE_LENGTH:
        return title or None, ()
    return title[: TITLE_LENGTH - 1].rstrip() + "…", (HeldBack.TITLE_CUT,)
