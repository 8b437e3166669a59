"""*Instrumentpanel*: what is wrong, then a card an instance. It looks for news by itself, unless it is paused."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PortalRequest, administrator

from .. import overview


@administrator
@require_safe
def dashboard(request: PortalRequest) -> HttpResponse:
    now = timezone.now()
    found = overview.of_company(request.company, now)
    context = {
        "overviews": found,
        "all_well": bool(found) and all(each.status == overview.SYNCS for each in found),
        "now": now,
        "paused": "pausad" in request.GET,
    }
    part = "#cards" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"calendarsync/dashboard.html{part}", context)
