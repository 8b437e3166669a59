"""*Instrumentpanel*: what is wrong, then a card an instance. It looks for news by itself, unless it is paused."""

import math
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import PortalRequest, administrator
from accounts.models import Company

from .. import figures
from ..portal import overview, pulse, sparkline
from ..portal.overview import Overview
from ..portal.pulse import Pulse
from ..portal.sparkline import Sparkline

STAGES: dict[str, str | Promise] = {
    figures.READ: gettext_lazy("Read in Outlook"),
    figures.CONFIRMED: gettext_lazy("Confirmed by One X"),
    figures.WHOLE: gettext_lazy("All the way"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """`delays`: for each stage its name, and within how long half, and nearly all, of the changes were through."""

    overview: Overview
    pulse: Pulse
    spark: Sparkline
    delays: list[tuple[str | Promise, str, str]]


@administrator
@require_safe
def dashboard(request: PortalRequest) -> HttpResponse:
    now = timezone.now()
    cards = _cards(request.company, now)
    context = {
        "cards": cards,
        "all_well": bool(cards) and all(each.overview.status == overview.SYNCS for each in cards),
        "now": now,
        "paused": "pausad" in request.GET,
    }
    part = "#cards" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"calendarsync/dashboard.html{part}", context)


def _cards(company: Company, now: datetime) -> list[Card]:
    found = overview.of_company(company, now)
    pulses = pulse.of(found, now)
    return [_card(each, pulses[each.provider.pk]) for each in found]


def _card(found: Overview, beat: Pulse) -> Card:
    delays = [
        (STAGES[stage], _duration(delay.median), _duration(delay.p95)) for stage, delay in beat.delays.items()
    ]
    return Card(found, beat, sparkline.draw(beat.shares), delays)


def _duration(seconds: float) -> str:
    """Never less than it was: 0,4 s · 12 s · 3 min · 2 tim."""
    if seconds < 10:
        return _("%(n)s s") % {"n": number_format(math.ceil(seconds * 10) / 10, 1)}
    for unit, size, end in ((_("%(n)s s"), 1, 60), (_("%(n)s min"), 60, 3600)):
        if seconds <= end:
            return unit % {"n": math.ceil(seconds / size)}
    return _("%(n)s h") % {"n": math.ceil(seconds / 3600)}
