"""One user: who it is, how it goes, and one day of theirs."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from accounts.access import PortalRequest, administrator

from .. import connect, history
from ..forms.day import HeardForm
from ..models import Provider, SyncedUser
from ..portal import daylines, eventlines, personday, roster
from ..portal.personday import PersonDay
from .scope import get_provider, get_user

ONE_DAY = timedelta(days=1)


@require_safe
@administrator
def user_detail(request: PortalRequest, pk: int, user_pk: int) -> HttpResponse:
    """`dag`: 2026-11-24; `kl`: what a caller hears at 10:30 of it; `handelser`: which page of what has happened."""
    provider = get_provider(request, pk)
    user = get_user(provider, user_pk)
    now = timezone.now()
    day, understood = personday.asked_day(request.GET.get("dag"), connect.zone(provider.company))
    form = HeardForm(request.GET if "kl" in request.GET else None, use_required_attribute=False)
    shown = personday.show(user, provider, day, whose_look(request), now, live=not request.read_only)
    context = about(user, provider) | _day(shown, understood) | _heard(shown, form)
    context |= _happened(user, shown, request.GET.get("handelser"))
    return render(request, "calendarsync/user-detail.html", context, status=422 if form.errors else 200)


def whose_look(request: PortalRequest) -> str:
    """For the audit: who looks."""
    return f"administrator {request.user.pk}"


def about(user: SyncedUser, provider: Provider) -> dict[str, Any]:
    """What every page of a user begins with."""
    return {"provider": provider, "person": user, "line": roster.line(user, provider, timezone.now())}


def _day(shown: PersonDay, understood: bool) -> dict[str, Any]:
    today = timezone.localtime(timezone=shown.speech.zone).date()
    return {
        "shown": shown,
        "understood": understood,
        "heading": capfirst(date_format(shown.day, "l j F Y")),
        "today": shown.day == today,
        "before": shown.day - ONE_DAY,
        "after": shown.day + ONE_DAY,
        "stopped": daylines.said(shown.stopped) if shown.stopped else "",
        "away": daylines.said(shown.away) if shown.away else "",
    }


def _happened(user: SyncedUser, shown: PersonDay, page: str | None) -> dict[str, Any]:
    events = history.events(user, page)
    speech, visible = (
        shown.speech,
        eventlines.visible(user, events, shown.day, shown.known, shown.speech.zone),
    )
    return {"events": events, "happened": eventlines.told(events, speech.zone, speech.reasons, visible)}


def _heard(shown: PersonDay, form: HeardForm) -> dict[str, Any]:
    now = timezone.now()
    context: dict[str, Any] = {"form": form}
    if timezone.localtime(now, shown.speech.zone).date() == shown.day:
        context |= {"now": shown.speech.clock(now), "heard_now": shown.heard(now)}
    if form.is_valid():
        at = shown.at(form.cleaned_data["kl"])
        context |= {"then": shown.speech.clock(at), "heard_then": shown.heard(at)}
    return context
