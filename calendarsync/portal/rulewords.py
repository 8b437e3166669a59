"""The preview of changed rules in words: facts, and a table of examples."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .. import connect, labels
from ..core.booking import Absence
from ..core.ports import Reason
from ..models import Provider
from . import daylines, examples, preview
from .daylines import Speech
from .examples import Example
from .preview import Rules


def shown(provider: Provider, after: Rules, reasons: Sequence[Reason], actor: str) -> dict[str, Any]:
    """The context of `rules-preview.html`. `actor`: examples are read as theirs; '' for none."""
    before = preview.rules_now(provider)
    if not provider.reads:
        return {"inactive": True}
    if not preview.differ(before, after):
        return {}
    now = timezone.now()
    found, speech = preview.look(provider, before, after, now), _speech(provider, reasons, now)
    context: dict[str, Any] = {"preview": found}
    if found.read_at:
        context["read_at"] = speech.clock(found.read_at)
    if actor and found.concerned:
        read = examples.look(provider, before, after, actor, now)
        context["examples"] = read
        context["outlook"] = daylines.said(read.away) if read.away else ""
        context["rows"] = [_row(each, speech) for each in read.rows]
    return context


def _speech(provider: Provider, reasons: Sequence[Reason], now: datetime) -> Speech:
    zone = connect.zone(provider.company)
    today = timezone.localtime(now, zone).date()
    words = daylines.in_words(reasons, get_language())
    return Speech(today, zone, words, now, titles=not provider.all_private)


def _row(example: Example, speech: Speech) -> dict[str, Any]:
    booking = example.booking
    day = timezone.localtime(booking.starts_at, speech.zone).date()
    speech = replace(speech, day=day)
    times = speech.times(booking)
    return {
        "user": example.user,
        "when": times if times.startswith(day.isoformat()) else f"{day.isoformat()} {times}",
        "title": (daylines.title(booking.subject) or _("Booking")) if speech.titles else "",
        "sides": [
            _side(_("Today"), example.before, speech),
            _side(_("With new rules"), example.after, speech),
        ],
    }


def _side(head: str, absence: Absence | None, speech: Speech) -> dict[str, str]:
    """What a booking is at One X by one set of rules."""
    if absence is None:
        return {"head": head, "became": str(labels.STATE["absent"])}
    back = speech.clock(absence.returns_at) if absence.returns_at else ""
    return {
        "head": head,
        "kind": daylines.kind(absence),
        "became": speech.became(absence),
        "back": back,
    }
