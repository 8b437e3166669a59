"""*Testa synkningen nu* for one user: a POST asks, the page tells how it goes."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, administrator

from .. import connect, labels
from ..models import Provider, SyncedUser
from ..portal import daylines, personday, trial
from ..portal.daylines import Speech
from ..portal.trial import Step, Trial
from ..rehearsal import Change
from .person import about, whose_look
from .scope import get_provider, get_user


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def user_trial(request: PortalRequest, pk: int, user_pk: int) -> HttpResponse:
    """POST, with `write`=no to write nothing. `nr`: which wish is told of; `utan`: a trial that writes nothing."""
    provider = get_provider(request, pk)
    user = get_user(provider, user_pk)
    here, now = reverse("calendarsync:user-trial", args=[pk, user_pk]), timezone.now()
    if request.method == "POST":
        dry = request.POST.get("write") == "no"
        return redirect(f"{here}?utan=1" if dry else f"{here}?nr={trial.begin(user, now)}")
    wish = _wish(user, request.GET.get("nr", ""))
    if dry := "utan" in request.GET and not request.read_only:
        found = trial.without_writing(user, provider, whose_look(request), now)
    else:
        found = trial.look(user, provider, wish, now)
    context = about(user, provider) | _told(found, provider) | {"dry": dry}
    context["report"] = trial.report(user, wish, found)
    page = "calendarsync/user-trial.html"
    return render(request, f"{page}#steps" if request.htmx else page, context)  # type: ignore[attr-defined]


def _wish(user: SyncedUser, text: str) -> int:
    """A number that was never given cannot be waited for."""
    asked = int(text) if text.isdecimal() and len(text) < 16 else user.asked_seq
    return min(asked, user.requested_seq)


@dataclass(frozen=True, slots=True)
class Told:
    """A step in words: `kind` and `word` of its badge."""

    name: str
    kind: str
    word: str
    why: str
    again: str
    waits: bool


def _told(found: Trial, provider: Provider) -> dict[str, Any]:
    zone = connect.zone(provider.company)
    today = timezone.localtime(timezone=zone).date()
    speech = Speech(today, zone, personday.reason_words(provider), timezone.now())
    return {
        "trial": found,
        "steps": [_step(step, speech) for step in found.steps],
        "planned": [_planned(change, speech) for change in found.planned or ()],
    }


def _step(step: Step, speech: Speech) -> Told:
    kind, word = labels.OUTCOME[step.outcome]
    name, why = labels.STEP[step.name], daylines.said(step.code) if step.code else ""
    if step.count is not None and step.name in labels.STEP_COUNTED:
        name = str(labels.STEP_COUNTED[step.name]) % {"count": step.count}
        why = why or (str(labels.NOT_COUNTED) if step.name == "read" else "")
    again = speech.clock(step.again) if step.again else ""
    return Told(str(name), kind, str(word), why, again, step.outcome is trial.Outcome.WAITS)


def _planned(change: Change, speech: Speech) -> dict[str, str]:
    """One row of what would change: no title."""
    word, absence = str(labels.WOULD[change.verb]), change.absence
    if absence is None:
        return {"word": word}
    day = timezone.localtime(absence.starts_at, speech.zone).date()
    times = replace(speech, day=day).times(absence)
    when = times if times.startswith(day.isoformat()) else f"{day.isoformat()} {times}"
    return {
        "word": word,
        "when": when,
        "kind": daylines.kind(absence),
        "became": speech.became(absence),
    }
