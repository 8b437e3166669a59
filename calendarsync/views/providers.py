"""*Kalendersynk*: the company's instances, one more, one less."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PortalRequest, administrator
from accounts.views import stale_form

from .. import erase, providers
from ..core.booking import ShowAs
from ..core.ports import PortError, Reason
from ..core.rules import DEFAULT_RULES, DefaultRule
from ..forms.provider import ProviderForm, RemovalForm
from ..portal import overview
from .scope import get_provider


@administrator
@require_safe
def provider_list(request: PortalRequest) -> HttpResponse:
    found = overview.of_company(request.company, timezone.now())
    return render(request, "calendarsync/provider-list.html", {"overviews": found})


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def provider_add(request: PortalRequest) -> HttpResponse:
    if request.method != "POST":
        return _adding(request, ProviderForm(request.company))
    if request.POST.get("company", str(request.company.pk)) != str(request.company.pk):
        return stale_form(request)  # another company was chosen in another tab
    form = ProviderForm(request.company, request.POST)
    if not form.is_valid():
        return _adding(request, form, 422)
    try:
        return _made(request, form)
    except PortError:
        form.add_error(
            None, _("One X does not answer at the moment. Nothing has been added. Try again in a while.")
        )
        return _adding(request, form, 503)
    except (ValidationError, IntegrityError):  # another tab was quicker
        form.add_error("name", _("The name is used already."))
        return _adding(request, form, 422)


def _made(request: PortalRequest, form: ProviderForm) -> HttpResponse:
    reasons = providers.reasons(request.company)
    rules = providers.template(reasons)
    made = providers.create(request.company, rules, **form.cleaned_data)
    said = _("%(name)s is added. Telenor completes the connection to Exchange.")
    messages.success(request, said % {"name": made.name})
    if missing := _stand_in(rules, reasons):
        messages.warning(request, missing)
    return redirect("calendarsync:provider-settings", made.pk)


def _adding(request: PortalRequest, form: ProviderForm, status: int = 200) -> HttpResponse:
    return render(request, "calendarsync/provider-add.html", {"form": form}, status=status)


def _stand_in(rules: Mapping[ShowAs, DefaultRule], reasons: Sequence[Reason]) -> str:
    """What to say where this One X lacks a reason of the standard template; empty where it has them all."""
    if all(rule.reason == DEFAULT_RULES[show_as].reason for show_as, rule in rules.items()):
        return ""
    label = reasons[0].label_en if get_language() == "en" else reasons[0].label_sv
    said = _(
        "Your One X lacks a reason of the standard template: ”%(reason)s” stands in. Check the sync rules."
    )
    return said % {"reason": label}


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def provider_remove(request: PortalRequest, pk: int) -> HttpResponse:
    provider = get_provider(request, pk)
    held = overview.held(provider)
    sent = request.method == "POST"
    form = RemovalForm(provider, request.POST if sent else None) if held.users else None
    if not sent or (form and not form.is_valid()):
        context = {"provider": provider, "held": held, "form": form}
        return render(request, "calendarsync/provider-remove.html", context, status=422 if sent else 200)
    erase.remove_provider(provider, timezone.now())
    said = (
        _("%(name)s is being removed. What stands in One X is taken back.")
        if held.users
        else _("%(name)s is removed.")
    )
    messages.success(request, said % {"name": provider.name})
    return redirect("calendarsync:provider-list")
