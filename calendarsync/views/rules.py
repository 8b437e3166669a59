"""*Synkregler* of one instance, and what they would change before they are saved."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, administrator
from accounts.templatetags.shell import number

from .. import changes, providers
from ..core.ports import PortError, Reason
from ..forms.rules import RuleSheet, UncheckedSheet
from ..models import Provider
from ..portal import preview, rulewords
from .person import whose_look
from .questions import ask
from .scope import get_provider


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def provider_rules(request: PortalRequest, pk: int) -> HttpResponse:
    """`preview` and `examples` show what saving would change; `reset` asks first whether all five are to be replaced
    (`confirmed`); `back` shows again what was typed."""
    provider = get_provider(request, pk)
    data = request.POST if request.method == "POST" else None
    try:
        reasons = providers.reasons(provider.company)
    except PortError:
        return _away(request, provider, data)
    sheet = RuleSheet(providers.rules_of(provider), reasons, data)
    if data is None:
        return _page(request, provider, sheet)
    if "preview" in data or "examples" in data:
        return _preview(request, provider, sheet, reasons)
    if "reset" in data:
        return _reset(request, provider, reasons)
    if not sheet.is_valid():
        return _page(request, provider, sheet, 422)
    return (
        _page(request, provider, sheet) if "back" in data else _save(request, provider, sheet, sheet.wanted)
    )


def _preview(
    request: PortalRequest, provider: Provider, sheet: RuleSheet, reasons: Sequence[Reason]
) -> HttpResponse:
    """Nothing is called wrong before it is saved: what cannot be counted yet is only not counted."""
    if not sheet.is_valid():
        sheet = UncheckedSheet(providers.rules_of(provider), reasons, request.POST)
        return _page(request, provider, sheet, shown={"unclear": True})
    actor = whose_look(request) if "examples" in request.POST else ""
    after = preview.treatments(sheet.wanted)
    return _page(request, provider, sheet, shown=rulewords.shown(provider, after, reasons, actor))


def _reset(request: PortalRequest, provider: Provider, reasons: list[Reason]) -> HttpResponse:
    if "confirmed" not in request.POST:
        return ask(request, "calendarsync/provider-rules-reset.html", {"provider": provider})
    sheet = RuleSheet(providers.rules_of(provider), reasons)
    return _save(request, provider, sheet, providers.template(reasons))


def _save(request: PortalRequest, provider: Provider, sheet: RuleSheet, wanted: Any) -> HttpResponse:
    seen = request.POST.get("version", "")
    try:
        updated = changes.save_rules(provider, wanted, seen, timezone.now())
    except Provider.DoesNotExist:
        raise Http404 from None
    except changes.StaleError:
        return _page(request, provider, sheet, 422, stale=True)
    messages.success(request, _saved(updated))
    return redirect("calendarsync:provider-rules", provider.pk)


def _saved(updated: int | None) -> str:
    if updated is None:
        return _("Nothing was changed.")
    if not updated:
        return _("The rules are saved.")
    return ngettext(
        "The rules are saved. %(count)s user is updated, mostly within five minutes.",
        "The rules are saved. %(count)s users are updated, mostly within five minutes.",
        updated,
    ) % {"count": number(updated)}


def _away(request: PortalRequest, provider: Provider, data: Any) -> HttpResponse:
    """One X does not answer: to be read, and what was typed is kept to be saved later."""
    if request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, {"provider": provider, "away": True})
    sheet = UncheckedSheet(providers.rules_of(provider), providers.kept_reasons(provider.company), data)
    return _page(request, provider, sheet, 503 if data else 200, away=True)


def _page(
    request: PortalRequest,
    provider: Provider,
    sheet: RuleSheet,
    status: int = 200,
    *,
    stale: bool = False,
    away: bool = False,
    shown: dict[str, Any] | None = None,
) -> HttpResponse:
    """A stale page gets the newest version, for who has looked at it to save again. `shown`: the preview."""
    if shown is not None and request.htmx:  # type: ignore[attr-defined]
        return _fragment(request, {"provider": provider, **shown})
    seen = None if stale else request.POST.get("version")
    version = seen or providers.rules_version(providers.rules_of(provider))
    context = {
        "provider": provider,
        "sheet": sheet,
        "errors": sheet.errors if status == 422 else [],
        "version": version,
        "status": status,
        "stale": stale,
        "away": away,
        "whole": True,
        "own_rules": preview.with_own_rules(provider),
        **(shown or {}),
    }
    return render(request, "calendarsync/provider-rules.html", context, status=status)


def _fragment(request: PortalRequest, context: dict[str, Any]) -> HttpResponse:
    return render(request, "calendarsync/provider-rules.html#preview", context)
