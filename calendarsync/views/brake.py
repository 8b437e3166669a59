"""The two answers where an instance has stopped because too many calendars were emptied at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import PortalRequest, administrator
from accounts.templatetags.shell import number

from .. import changes, suspicion
from ..models import Provider
from .scope import get_provider

ANSWERS = ("continue", "keep")


@require_POST
@administrator
def provider_brake(request: PortalRequest, pk: int) -> HttpResponse:
    """`answer`: continue or keep; asks first (`confirmed`)."""
    provider = get_provider(request, pk)
    answer = request.POST.get("answer", "")
    if provider.braked_at is None:
        messages.info(request, _("The sync is not paused any more. Nothing was changed."))
    elif answer in ANSWERS and "confirmed" not in request.POST:
        return render(request, "calendarsync/provider-brake.html", _asked(provider, answer))
    elif answer in ANSWERS:
        messages.success(request, _said(answer, changes.answer_brake(provider, answer, timezone.now())))
    return redirect("calendarsync:dashboard")


def _asked(provider: Provider, answer: str) -> dict[str, object]:
    return {
        "provider": provider,
        "answer": answer,
        "held": suspicion.doubted(provider).count(),
        "emptied": suspicion.emptied(provider, timezone.now()),
    }


def _said(answer: str, count: int) -> str:
    if answer == "continue":
        text = ngettext(
            "The sync goes on. %(count)s user is read again, and what is gone from Outlook is taken back from One X.",
            "The sync goes on. %(count)s users are read again, and what is gone from Outlook is taken back from One X.",
            count,
        )
    else:
        text = ngettext(
            "The sync goes on. What One X has of %(count)s user is kept.",
            "The sync goes on. What One X has of %(count)s users is kept.",
            count,
        )
    return text % {"count": number(count)}
