"""*Användare* of one instance."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PortalRequest, administrator

from .. import changes, labels, userlist
from ..core.ports import PortError
from ..forms.users import AddUserForm, SearchForm
from ..models import Provider, SyncedUser
from ..portal import roster
from .place import at_list, heads, place_of, query, query_with
from .scope import get_provider, get_user

MOST_FOUND = 20


@administrator
@require_safe
def user_list(request: PortalRequest, pk: int) -> HttpResponse:
    """`q`: what is searched for; `status`: one of `roster.FILTERS`; `sort`: of `roster.SORTS`; `size` of a `page`.

    `mark`: page or all, whose boxes are ticked."""
    provider, now = get_provider(request, pk), timezone.now()
    place = place_of(request.GET)
    asked, status, sort = place.get("q", ""), place.get("status", ""), place.get("sort", "name")
    users, size = roster.search(provider, asked, status, sort), int(place.get("size", roster.PAGE))
    page = Paginator(users, size).get_page(request.GET.get("page"))
    context = {
        "provider": provider,
        "page": page,
        "lines": [roster.line(user, provider, now) for user in page],
        "asked": asked,
        "choices": roster.choices(provider),
        "status": status,
        "here": query(request.GET.dict() | {"page": str(page.number)}),
        "heads": heads(place),
        "sizes": [(each, query_with(place, size=str(each))) for each in roster.SIZES],
        "size": size,
        "filter": query_with(place, size=""),
        "order": query_with(place, q="", status=""),
        "place": place,
        "mark": request.GET.get("mark", ""),
    }
    return render(request, "calendarsync/user-list.html", context)


@administrator
@require_POST
def user_active(request: PortalRequest, pk: int, user_pk: int) -> HttpResponse:
    """POST `active`: 1 or 0. Back to where it was sent from: a place in the list, or (`at`=user) the user's page."""
    user = get_user(get_provider(request, pk), user_pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    active = request.POST.get("active") == "1"
    try:
        if changes.set_active(user, active, timezone.now()):
            messages.success(request, _activated(user, active))
    except changes.DrivenError as error:
        messages.error(request, _driven(user, error.driver))
    except (Provider.DoesNotExist, SyncedUser.DoesNotExist):
        raise Http404 from None
    if request.POST.get("at") == "user":
        return redirect("calendarsync:user-detail", pk, user_pk)
    return redirect(at_list(user.provider, request.POST))


def _activated(user: SyncedUser, active: bool) -> str:
    if active:
        return _("%(name)s is active.") % {"name": user}
    return _("%(name)s is not active. What One X holds is taken back.") % {"name": user}


def _driven(user: SyncedUser, driver: SyncedUser) -> str:
    named = {"name": user, "other": driver.email, "provider": driver.provider}
    return (
        _("%(name)s was not activated. The subscription follows %(other)s in %(provider)s already.") % named
    )


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def user_remove(request: PortalRequest, pk: int, user_pk: int) -> HttpResponse:
    provider = get_provider(request, pk)
    user = get_user(provider, user_pk)
    if request.method != "POST":
        context = {"person": user, "whose": labels.whose(str(user)), "back": at_list(provider, request.GET)}
        return render(request, "calendarsync/user-remove.html", context | {"provider": provider})
    try:
        changes.remove_users(provider, provider.users.filter(pk=user.pk), timezone.now())
    except Provider.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("%(name)s was removed.") % {"name": user})
    return redirect(at_list(provider, request.GET))


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def user_add(request: PortalRequest, pk: int) -> HttpResponse:
    """`q` finds subscriptions, `subscription` (a number) chooses one, a POST adds it with its Outlook address."""
    provider = get_provider(request, pk)
    if request.method == "POST":
        return _add(request, provider)
    context: dict[str, Any] = {"search": SearchForm(request.GET if "q" in request.GET else None)}
    try:
        context |= _chosen(provider, request.GET.get("subscription", "")) or _found(
            provider, context["search"]
        )
    except PortError:
        context["away"] = True
    return _add_page(request, provider, context)


def _found(provider: Provider, search: SearchForm) -> dict[str, Any]:
    if not search.is_valid():
        return {}
    asked = search.cleaned_data["q"]
    found = userlist.found(provider.company, asked, MOST_FOUND + 1)
    return {
        "asked": asked,
        "nobody": labels.REFUSED["unknown_address" if "@" in asked else "unknown"] % {"asked": asked},
        "found": roster.with_drivers(provider, found[:MOST_FOUND]),
        "more": len(found) > MOST_FOUND,
    }


def _chosen(provider: Provider, asked: str) -> dict[str, Any]:
    """The subscription that was chosen, and its address to begin with; empty where there is none such."""
    extension = userlist.named(provider.company, asked)
    if extension is None:
        return {}
    given = {"subscription": extension.number, "email": extension.email or ""}
    return {"chosen": extension, "form": AddUserForm(initial=given)}


def _add(request: PortalRequest, provider: Provider) -> HttpResponse:
    form = AddUserForm(request.POST)
    context: dict[str, Any] = {"form": form, "search": SearchForm()}
    try:
        context["chosen"] = userlist.named(provider.company, request.POST.get("subscription", ""))
        if not form.is_valid():
            return _add_page(request, provider, context, 422)
        row = userlist.Row(1, form.cleaned_data["email"], form.cleaned_data["subscription"])
        judged = changes.add_user(provider, row, userlist.candidates(provider.company, row), timezone.now())
    except PortError:
        return _add_page(request, provider, context | {"away": True}, 503)
    except Provider.DoesNotExist:
        raise Http404 from None
    if judged.extension is None:
        form.refuse(judged, provider)
        return _add_page(request, provider, context | {"other": judged.other}, 422)
    messages.success(request, _added(provider, judged.extension.name or judged.email))
    return redirect("calendarsync:user-add", provider.pk)


def _added(provider: Provider, name: str) -> str:
    if provider.active:
        return _("%(name)s is added. The first sync is under way.") % {"name": name}
    return _("%(name)s is added, and is synchronised when the provider is active.") % {"name": name}


def _add_page(
    request: PortalRequest, provider: Provider, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context["lines"] = [roster.line(user, provider, now) for user in roster.latest(provider)]
    return render(request, "calendarsync/user-add.html", context | {"provider": provider}, status=status)
