"""What One X must hold, worked out from the simulated calendar and the settings: slowly, plainly, without the core."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calendarsync.models import Provider, SyncedUser
from mss.simulators.world import Event, World

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SHOW_AS = {"oof": 5, "busy": 4, "workingElsewhere": 3, "tentative": 2, "free": 1}  # and what each is worth
BY_CHOICE, DIVERTED = 1000, 100
UNKNOWN = "nosuch"  # a reason One X does not have


@dataclass(frozen=True, order=True)
class Told:
    """What One X is told of one booking."""

    starts_at: datetime
    ends_at: datetime
    all_day: bool
    reason: str
    forwarding: str
    priority: int
    title: str
    returns_at: str


def held(absence: Any) -> Told:
    """An absence of the simulated One X."""
    return Told(
        absence.starts_at,
        absence.ends_at,
        absence.all_day,
        absence.reason,
        absence.forwarding,
        absence.priority,
        absence.title or "",
        str(absence.returns_at or ""),
    )


def expected(world: World, provider: Provider, who: str, now: datetime) -> list[Told]:
    """What is coming or under way for one person."""
    user = SyncedUser.objects.filter(email=who, active=True, provider__active=True).first()
    if user is None:
        return []
    events = [event for event in world.calendar(world.person(who).id) if _counts(event, provider, now)]
    found = [told for event in events if (told := _told(event, provider, user))]
    return sorted(_with_return(told, found) for told in found)


def _counts(event: Event, provider: Provider, now: datetime) -> bool:
    starts_at, ends_at = event.span
    last = now.astimezone(STOCKHOLM).date() + timedelta(days=provider.days_ahead + 1)
    until = datetime(last.year, last.month, last.day, tzinfo=STOCKHOLM).astimezone(UTC)
    gone = event.sensitivity != "normal" or event.cancelled or event.response == "declined"
    return not gone and starts_at < ends_at and now < ends_at and starts_at < until


def _told(event: Event, provider: Provider, user: SyncedUser) -> Told | None:
    choice = _choice(event) if provider.plugin_enabled else {}
    if choice.get("skip"):
        return None
    if choice:
        reason, forwarding, points = choice["reason"], choice["forwarding"], BY_CHOICE
    else:
        rule = _rules(provider, user)[event.show_as]
        if not rule.update:
            return None
        reason, forwarding, points = rule.reason, rule.forwarding, 0
    forwarding = forwarding if user.diversion else "none"
    points += SHOW_AS[event.show_as] + (DIVERTED if forwarding != "none" else 0)
    title = "" if provider.all_private else event.subject
    return Told(*event.span, event.all_day, reason, forwarding, points, title, "")


def _choice(event: Event) -> dict[str, Any]:
    chosen: dict[str, Any] = json.loads(json.loads(event.choice)["choice"]) if event.choice else {}
    return {} if chosen.get("reason") == UNKNOWN else chosen


def _rules(provider: Provider, user: SyncedUser) -> dict[str, Any]:
    rules = {rule.show_as: rule for rule in provider.rules.all()}
    if provider.plugin_enabled and provider.may_change_defaults:
        rules |= {rule.show_as: rule for rule in user.own_rules.all()}
    return rules


def _with_return(told: Told, every: list[Told]) -> Told:
    """Back when the last diversion of the chain ends."""
    if told.forwarding == "none":
        return told
    diverted = [each for each in every if each.forwarding != "none"]
    back, further = told.ends_at, True
    while further:
        later = [e.ends_at for e in diverted if told.starts_at <= e.ends_at > back and e.starts_at <= back]
        further, back = bool(later), max(later, default=back)
    return Told(*list(vars(told).values())[:-1], str(back))
