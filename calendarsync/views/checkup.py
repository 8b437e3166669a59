"""*Hälsokontroll* of one instance: the question, the checks as they end, the last result."""

from concurrent.futures import wait
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, administrator

from ..core.ports import PortError
from ..forms.checkup import CheckForm
from ..models import Provider
from ..portal import checkfacts, checkjob, checkup, checkwords
from ..portal.checkfacts import Facts
from ..portal.checkjob import Result
from ..portal.checkup import Status
from .scope import get_provider

PATIENCE = 1.0  # seconds: most runs end within them, and then nobody sees an unfinished page


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def provider_health(request: PortalRequest, pk: int) -> HttpResponse:
    """A run goes on beside the page, which looks for its end; whoever comes back finds the result."""
    provider = get_provider(request, pk)
    if request.method != "POST":
        return _page(request, provider, CheckForm())
    if checkup.can_check(provider) and not checkjob.goes_on(provider):
        form = CheckForm(request.POST)
        facts = _facts(request, provider, form)
        if facts is None:
            return _page(request, provider, form, 422)
        wait([checkjob.start(facts)], PATIENCE)
    return redirect("calendarsync:provider-health", provider.pk)


def _facts(request: PortalRequest, provider: Provider, form: CheckForm) -> Facts | None:
    """None where the form must be shown again."""
    if not form.is_valid():
        return None
    actor, now = f"administrator {request.user.pk}", timezone.now()
    try:
        tested = checkfacts.whom(provider, form.cleaned_data["address"])
    except checkfacts.NotOursError:
        form.refuse()
        return None
    except PortError:
        return checkfacts.gather(provider, None, actor, now, untested="onex_away")
    return checkfacts.gather(provider, tested, actor, now)


def _page(request: PortalRequest, provider: Provider, form: CheckForm, status: int = 200) -> HttpResponse:
    result = checkjob.latest(provider) if checkup.can_check(provider) else None
    context = {"provider": provider, "form": form, "possible": checkup.can_check(provider)}
    if result:
        context |= _shown(provider, result)
    part = "#result" if request.htmx and result else ""  # type: ignore[attr-defined]
    return render(request, f"calendarsync/provider-health.html{part}", context, status=status)


def _shown(provider: Provider, result: Result) -> dict[str, Any]:
    who = _who(provider, result)
    waiting = list(checkup.Code)[len(result.checks) :] if result.goes_on else []
    return {
        "result": result,
        "lines": [checkwords.told(check, who) for check in result.checks],
        "waiting": [checkwords.TITLE[code] for code in waiting],
        "failed": result.count(Status.BAD),
        "warned": result.count(Status.WARN),
        "skipped": result.count(Status.SKIPPED),
    }


def _who(provider: Provider, result: Result) -> str:
    """By name as long as the user is there: a result may be older than a removal."""
    if result.user is None:
        return _("the address that was entered")
    user = provider.users.listed().filter(pk=result.user).first()
    return str(user) if user else _("a user who has been removed")
