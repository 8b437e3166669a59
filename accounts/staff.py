"""Telenor staff: local accounts for the admin alone, with a second factor (identity 4, robustness 6)."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import qrcode  # type: ignore[import-untyped]
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mss import sealed

from . import entrance

PAGES = ("account_", "mfa_")  # how allauth's names of the staff's pages begin
SET_UP, CONFIRM = "mfa_activate_totp", "mfa_reauthenticate"
# What can be reached until the second factor is set up, or used in this session.
REACHED = {SET_UP: {SET_UP, "account_reauthenticate"}, CONFIRM: {CONFIRM}}
ALWAYS = {"account_logout", "set_language"}


def is_staff(user: Any) -> bool:
    """Whether this is an account of Telenor staff: never one that Telenor ID signs in."""
    return bool(user.is_active and user.is_staff and user.telenor_id is None)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in with a password, for staff; everything else that allauth could do with an account is closed."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "rate_limited": _("Too many wrong codes. Try again in five minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Who is no staff is told the same as whose password is wrong."""
        user = super().authenticate(request, **credentials)
        return user if user and is_staff(user) else None

    def is_safe_url(self, url: str) -> bool:
        return entrance.own_path(url) == url

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of the sign-in: allauth itself would ask for the password twice at set-up."""
        records = get_authentication_records(self.request, self.request.user)
        return not records or time.time() - records[-1]["at"] > app_settings.REAUTHENTICATION_TIMEOUT


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return sealed.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.reveal(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """A QR code for the page itself: on white in the dark too, and without the style the CSP forbids."""
        code = qrcode.QRCode()
        code.add_data(url)
        rows = code.get_matrix()
        dark = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
        )
        return format_html(
            '<svg role="img" aria-label="{}" viewBox="0 0 {size} {size}" width="232" height="232"'
            ' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{}"/></svg>',
            gettext("QR code with the key"),
            dark,
            size=len(rows),
        )


class SecondFactorMiddleware:
    """Holds whoever has a local account at the page that is missing; keeps portal people from the staff's pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not request.user.is_authenticated or name in ALWAYS:
            return None
        if request.user.telenor_id is not None:
            if name.startswith(PAGES):
                raise PermissionDenied
            return None
        page = missing(request)
        return None if page is None or name in REACHED[page] else _first(request, page)


def missing(request: HttpRequest) -> str | None:
    """The page that must come before all others; None once the second factor was used in this session.

    One that was removed since does not count: a use must be younger than the factor itself."""
    totp = Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).first()
    if totp is None:
        return SET_UP
    made = totp.created_at.timestamp()
    uses = (
        each["at"] for each in get_authentication_records(request, request.user) if each["method"] == "mfa"
    )
    return None if any(at >= made for at in uses) else CONFIRM


def _first(request: HttpRequest, page: str) -> HttpResponse:
    to = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return redirect(f"{reverse(page)}{to}")
