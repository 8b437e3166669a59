"""The pages around signing in: no page of the portal itself."""

from typing import cast

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from requests import RequestException

from . import access, entrance
from .models import User


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """From Mitt Företag, Mitt abonnemang and One X: sign in, without a page of ours, and on to `next`."""
    to, other = request.GET.get("next", "/"), "other" in request.GET
    try:
        return entrance.begin(request, to, other_account=other)
    except (RequestException, OAuth2Error):
        return render(request, "accounts/telenor-id-away.html", {"next": entrance.own_path(to)}, status=503)


@never_cache
@require_safe
def login(request: HttpRequest) -> HttpResponse:
    """*Logga in*. `?next=`: where to; `?ended=1`: because the session ended."""
    to = entrance.own_path(request.GET.get("next", "/"))
    if request.user.is_authenticated and request.user.telenor_id:
        return redirect(to)
    return render(request, "accounts/login.html", {"next": to, "ended": "ended" in request.GET})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("accounts:signed-out")


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/login.html", {"next": "/", "signed_out": True})


@require_safe
def cancelled(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/login.html", {"next": "/", "cancelled": True})


@require_safe
def failed(request: HttpRequest) -> HttpResponse:
    """Telenor ID's answer could not be used: too late, used before, or not what it must be."""
    return render(request, "accounts/failed.html", status=401)


@require_safe
def no_rights(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/no-rights.html", status=403)


@require_safe
def onex_away(request: HttpRequest) -> HttpResponse:
    to = entrance.own_path(request.GET.get("next", "/"))
    return render(request, "accounts/onex-away.html", {"next": to}, status=503)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def companies(request: HttpRequest) -> HttpResponse:
    """*Välj företag*, among those the person administers; one of another's is not found."""
    if refusal := access.admit(request):
        return refusal
    mine = cast(User, request.user).companies.order_by("name")
    to = entrance.own_path(request.POST.get("next") or request.GET.get("next", "/"))
    if request.method == "POST":
        chosen = request.POST.get("company", "")
        request.session[entrance.COMPANY] = get_object_or_404(
            mine, pk=chosen if chosen.isdecimal() and len(chosen) < 19 else 0
        ).pk
        return redirect(to)
    return render(request, "accounts/companies.html", {"companies": mine, "next": to})


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF check says no: usually somebody signed in again in another tab."""
    return render(request, "accounts/stale-form.html", {"typed": access.typed(request)}, status=403)
