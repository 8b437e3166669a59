"""*Ändringslogg* of one instance."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import PortalRequest, administrator

from ..portal import changelog
from .scope import get_provider


@require_safe
@administrator
def provider_log(request: PortalRequest, pk: int) -> HttpResponse:
    """`page`: 1 is the newest."""
    provider = get_provider(request, pk)
    page = Paginator(changelog.entries(provider), changelog.PAGE).get_page(request.GET.get("page"))
    context = {"provider": provider, "page": page, "lines": changelog.told(page.object_list, provider)}
    return render(request, "calendarsync/provider-log.html", context)
