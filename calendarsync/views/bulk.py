"""*Aktivera · Inaktivera · Ta bort* for several users of the list at once."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import PortalRequest, administrator
from accounts.templatetags.shell import number

from .. import changes
from ..models import Provider, SyncedUser
from ..models.user import SyncedUserQuerySet
from ..portal import roster
from .place import at_list
from .scope import get_provider

ACTS = ("activate", "inactivate", "remove")
MOST_NAMED = 10


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def user_bulk(request: PortalRequest, pk: int) -> HttpResponse:
    """POST `act`: of ACTS, for users `chosen`, or `everyone` who matches `q` and `status`; done when `agreed` is how
    many that is. `undo`: the entry of the log whose act is taken back."""
    provider = get_provider(request, pk)
    act = request.POST.get("act", "")
    try:
        if "undo" in request.POST:
            return _undo(request, provider)
        if act not in ACTS:
            return redirect(at_list(provider, request.GET))
        return _act(request, provider, act)
    except Provider.DoesNotExist:
        raise Http404 from None


def _act(request: PortalRequest, provider: Provider, act: str) -> HttpResponse:
    chosen = [int(each) for each in request.POST.getlist("chosen") if each.isdecimal() and len(each) < 19]
    everyone = request.POST.get("everyone") == "1"
    if not everyone and not request.POST.getlist("chosen"):
        messages.info(request, _("Mark users in the list first."))
        return redirect(at_list(provider, request.POST))
    users = _all(request, provider) if everyone else provider.users.listed().filter(pk__in=chosen)
    count = users.count()
    if not count:
        raise Http404
    if request.POST.get("agreed") != str(count):  # not asked yet, or there are more or fewer by now
        return _ask(request, provider, act, users, count)
    return _do(request, provider, act, users)


def _all(request: PortalRequest, provider: Provider) -> SyncedUserQuerySet:
    return roster.search(provider, request.POST.get("q", ""), request.POST.get("status", ""))


def _ask(
    request: PortalRequest, provider: Provider, act: str, users: SyncedUserQuerySet, count: int
) -> HttpResponse:
    named = [str(user) for user in users[:MOST_NAMED]]
    carried = ("q", "status", "sort", "size", "page", "everyone")
    kept = [(name, request.POST[name]) for name in carried if request.POST.get(name)]
    context = {
        "provider": provider,
        "act": act,
        "count": count,
        "named": named,
        "more": count - len(named),
        "carried": kept + [("chosen", each) for each in request.POST.getlist("chosen")],
        "back": at_list(provider, request.POST),
    }
    return render(request, "calendarsync/user-bulk.html", context)


def _do(request: PortalRequest, provider: Provider, act: str, users: SyncedUserQuerySet) -> HttpResponse:
    if act == "remove":
        removed = changes.remove_users(
            provider, SyncedUser.objects.filter(pk__in=_pks(users)), timezone.now()
        )
        messages.success(request, _removed(removed))
    else:
        _switch(request, provider, users, act == "activate")
    return redirect(at_list(provider, request.POST))


def _pks(users: SyncedUserQuerySet) -> list[int]:
    return list(users.order_by().values_list("pk", flat=True))


def _switch(request: PortalRequest, provider: Provider, users: SyncedUserQuerySet, active: bool) -> None:
    switched = changes.set_all_active(provider, users, active, timezone.now())
    count = len(switched.changed)
    if count:
        # The button belongs to a form of the list, which has the protection that a message cannot have.
        undo = '{} <button class="link" form="undo" name="undo" value="{}">{}</button>'
        messages.success(request, format_html(undo, _switched(count, active), switched.entry, _("Undo")))
    elif not switched.driven:
        messages.info(request, _("Nothing was changed."))
    if switched.driven:
        messages.warning(request, _driven(switched.driven))


def _undo(request: PortalRequest, provider: Provider) -> HttpResponse:
    entry = request.POST["undo"]
    act = (
        changes.switched(provider, int(entry), request.user)
        if entry.isdecimal() and len(entry) < 19
        else None
    )
    if act is None:
        raise Http404
    pks, active = act
    _switch(request, provider, provider.users.listed().filter(pk__in=pks), not active)
    return redirect(at_list(provider, request.POST))


def _removed(count: int) -> str:
    said = ngettext("%(count)s user was removed.", "%(count)s users were removed.", count)
    return said % {"count": number(count)}


def _switched(count: int, active: bool) -> str:
    if active:
        said = ngettext("%(count)s user was activated.", "%(count)s users were activated.", count)
    else:
        said = ngettext(
            "%(count)s user was inactivated. What One X holds is taken back.",
            "%(count)s users were inactivated. What One X holds is taken back.",
            count,
        )
    return said % {"count": number(count)}


def _driven(driven: list[tuple[SyncedUser, SyncedUser]]) -> str:
    """Who was not activated, each with whom the subscription follows."""
    each = _("%(name)s (follows %(other)s in %(provider)s)")
    named: list[Any] = [
        each % {"name": user, "other": driver.email, "provider": driver.provider}
        for user, driver in driven[:MOST_NAMED]
    ]
    said = ngettext(
        "%(count)s user was not activated, because the subscription follows another user: %(names)s.",
        "%(count)s users were not activated, because the subscriptions follow other users: %(names)s.",
        len(driven),
    )
    more = "" if len(driven) <= MOST_NAMED else " …"
    return said % {"count": number(len(driven)), "names": ", ".join(named) + more}
