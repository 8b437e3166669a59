"""*Inställningar* of one instance."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, administrator

from .. import changes, providers
from ..forms.settings import SettingsForm
from ..models import Provider
from ..portal import changelog
from .questions import ask
from .scope import get_provider

LATEST = 10  # changes shown under the form


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def provider_settings(request: PortalRequest, pk: int) -> HttpResponse:
    """Asks first where absences would leave One X (`confirmed`); `back` shows again what was typed."""
    provider = get_provider(request, pk)
    if request.method != "POST":
        return _page(request, SettingsForm(provider))
    form = SettingsForm(provider, request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    if "back" in request.POST:
        return _page(request, form)
    lost = changes.taken_back(provider, form.cleaned_data, timezone.now())
    if lost and "confirmed" not in request.POST:
        return ask(
            request, "calendarsync/provider-settings-confirm.html", {"provider": provider, "lost": lost}
        )
    return _save(request, form)


def _save(request: PortalRequest, form: SettingsForm) -> HttpResponse:
    seen = request.POST.get("version", "")
    try:
        changed = changes.save_settings(form.provider, form.cleaned_data, seen, timezone.now())
    except Provider.DoesNotExist:
        raise Http404 from None
    except changes.StaleError:
        return _page(request, form, 422, stale=True)
    except changes.NameTakenError:
        form.add_error("name", _("The name is used already."))
        return _page(request, form, 422)
    messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
    return redirect("calendarsync:provider-settings", form.provider.pk)


def _page(request: PortalRequest, form: SettingsForm, status: int = 200, stale: bool = False) -> HttpResponse:
    """A stale page gets the newest version, for who has looked at it to save again."""
    provider = form.provider
    if stale:
        provider.refresh_from_db()
    seen = None if stale else request.POST.get("version")
    version = seen or providers.settings_version(provider)
    latest = changelog.told(changelog.entries(provider)[:LATEST], provider)
    context = {"provider": provider, "form": form, "version": version, "stale": stale, "lines": latest}
    return render(request, "calendarsync/provider-settings.html", context, status=status)
