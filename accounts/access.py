"""Who may see a page of the portal: an administrator of a company, as One X has said within 15 minutes."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from mss.onex.client import OneXError
from mss.wire import TryLater

from . import rights
from .entrance import COMPANY
from .models import Company, User

log = logging.getLogger(__name__)

READING = ("GET", "HEAD", "OPTIONS")
READ_FOR = timedelta(hours=1)  # after rights were last confirmed, while One X does not answer
SECRET = ("pass", "pw", "lösen", "secret", "code", "token")


class PortalRequest(HttpRequest):
    """A request behind `administrator`: somebody of `company`. `read_only`: One X cannot confirm their rights."""

    user: User
    company: Company
    one_of_several: bool
    read_only: bool


class View(Protocol):
    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse: ...


def administrator(view: View) -> Callable[..., HttpResponse]:
    """Guards a view of the portal. Nobody signed in: to sign-in and back; no rights: a page that says so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refusal = admit(request) or choose(request)
        return refusal or view(cast(PortalRequest, request), *args, **kwargs)

    guarded.guarded_by_administrator = True  # type: ignore[attr-defined]  # a test counts on every page having it
    return guarded


def admit(request: HttpRequest) -> HttpResponse | None:
    """None for who is signed in with rights as One X has them; otherwise the answer instead of the page."""
    user = request.user
    if not user.is_authenticated:
        return sign_in_first(request)
    if user.telenor_id is None:  # Telenor staff, who are for the admin
        return render(request, "accounts/no-rights.html", status=403)
    request.read_only = False  # type: ignore[attr-defined]
    return _ask_again(request, user) if rights.due(user, timezone.now()) else None


def _ask_again(request: HttpRequest, user: User) -> HttpResponse | None:
    try:
        rights.sign_in(str(user.telenor_id), timezone.now())
    except rights.NoRightsError:
        logout(request)
        return redirect_to(request, reverse("accounts:no-rights"))
    except (OneXError, TryLater) as error:
        log.warning("One X could not confirm rights: %s", error)
        if user.rights_at is None or timezone.now() - user.rights_at > READ_FOR:
            return redirect_to(request, _with_next(request, reverse("accounts:onex-away")))
        request.read_only = True  # type: ignore[attr-defined]
        if request.method not in READING:
            return render(request, "accounts/read-only.html", {"typed": typed(request)}, status=503)
    return None


def choose(request: HttpRequest) -> HttpResponse | None:
    """Sets `request.company`; the answer is to choose one where somebody administers several."""
    user = cast(User, request.user)
    companies = {each.pk: each for each in user.companies.order_by("name")}
    if not companies:
        logout(request)
        return redirect_to(request, reverse("accounts:no-rights"))
    chosen = companies.get(request.session.get(COMPANY, 0))
    # Also for who has lost the company they were in: they must know that they are in another now.
    if chosen is None and (len(companies) > 1 or COMPANY in request.session):
        return redirect_to(request, _with_next(request, reverse("accounts:companies")))
    portal = cast(PortalRequest, request)
    portal.company = chosen or next(iter(companies.values()))
    portal.one_of_several = len(companies) > 1
    return None


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """What was typed is not lost: a form sent too late is answered with what it held, not sent elsewhere."""
    if request.method in READING:
        return redirect_to(request, _with_next(request, reverse("accounts:login")))
    context = {"typed": typed(request), "next": request.path}
    return render(request, "accounts/session-ended.html", context, status=403)


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of what a form of ours held, without secrets; a stranger's form is not shown under our name."""
    origin = request.headers.get("Origin", f"{request.scheme}://{request.get_host()}")
    ours = origin == f"{request.scheme}://{request.get_host()}"
    fields = request.POST.lists() if request.method == "POST" and ours else []
    return [
        (name, value)
        for name, values in fields
        if not any(word in name.lower() for word in SECRET)
        for value in values
        if value
    ]


def redirect_to(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect that also takes a whole page along when only a part of it was asked for (htmx)."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _with_next(request: HttpRequest, address: str) -> str:
    # A part of a page is no place to come back to: the page it was asked from is.
    htmx = request.htmx  # type: ignore[attr-defined]
    to = (htmx.current_url_abs_path or "/") if htmx else request.get_full_path()
    query = {"next": to} | ({"ended": "1"} if getattr(request, "session_ended", False) else {})
    return f"{address}?{urlencode(query)}"
