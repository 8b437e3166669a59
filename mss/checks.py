"""Configuration that cannot work says so at start, with an id and a hint (design 8)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

# What the web process and the engine cannot do without, and where it comes from.
NEEDED = {
    "SECRET_KEY": "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    "ONEX_URL": "The base address of the One X API, for example https://onex-api.contoso.test.",
    "ONEX_TOKEN": "The bearer token of the One X API.",
    "MICROSOFT_CLIENT_ID": "The application id of the registration in Microsoft Entra.",
}
SIMULATED = "simulated-"  # how every secret of mss.simulators begins
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@register(Tags.security)
def needed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E001: a setting without which nothing works; mss.E002: no way to prove who we are to Microsoft.

    While developing (DEBUG) they are warnings."""
    message, letter = (Warning, "W") if settings.DEBUG else (Error, "E")
    found: list[CheckMessage] = [
        message(f"{name} is not set.", hint=hint, id=f"mss.{letter}001")
        for name, hint in NEEDED.items()
        if not _value(name)
    ]
    if not (settings.MICROSOFT_CLIENT_SECRET or settings.MICROSOFT_CERTIFICATE):
        hint = "Set MICROSOFT_CERTIFICATE (PEM with key and certificate, or its path) or MICROSOFT_CLIENT_SECRET."
        found.append(
            message("Neither a Microsoft certificate nor a secret is set.", hint=hint, id=f"mss.{letter}002")
        )
    return found


def _value(name: str) -> object:
    try:
        return getattr(settings, name)
    except ImproperlyConfigured:  # Django's word for an empty SECRET_KEY
        return ""


@register(Tags.security)
def addresses(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E003: an address that is none, or not https though it leaves this machine."""
    return list(_addresses())


def _addresses() -> Iterator[CheckMessage]:
    for name in ("PUBLIC_URL", "NOTIFICATION_URL", "MICROSOFT_AUTHORITY", "GRAPH_URL", "ONEX_URL"):
        parts = urlsplit(getattr(settings, name))
        if not parts.netloc and not parts.scheme:
            continue  # not set: E001 where it matters
        if not parts.hostname or parts.scheme not in ("https", "http"):
            yield Error(
                f"{name} is not an address.", hint="Write it as https://host[:port][/path].", id="mss.E003"
            )
        elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
            yield Error(
                f"{name} is not https.", hint="Only an address of this machine may be http.", id="mss.E003"
            )


@register(Tags.security)
def simulated(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E004: the credentials of the simulated world outside development."""
    if settings.DEBUG:
        return []
    hint = "The simulated world is for development. Set the real value, or DEBUG=true."
    return [
        Error(f"{name} is the simulated world's.", hint=hint, id="mss.E004")
        for name in ("ONEX_TOKEN", "MICROSOFT_CLIENT_SECRET")
        if getattr(settings, name).startswith(SIMULATED)
    ]


@register(Tags.security, deploy=True)
def local(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.W006: something that lives on the Internet is looked for on this machine."""
    return [
        Warning(f"{name} is an address of this machine.", hint="Set the real address.", id="mss.W006")
        for name in ("PUBLIC_URL", "NOTIFICATION_URL", "MICROSOFT_AUTHORITY", "GRAPH_URL", "ONEX_URL")
        if urlsplit(getattr(settings, name)).hostname in LOOPBACK
    ]


@register()
def numbers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E005: a number outside what makes sense."""
    limits = {
        "READ_INTERVAL": (0, 24 * 60, "minutes; 0 turns periodic reading off"),
        "GRACE_HOURS": (0, 720, "hours"),
    }
    return [
        Error(f"{name} must be between {low} and {high} ({unit}).", id="mss.E005")
        for name, (low, high, unit) in limits.items()
        if not low <= getattr(settings, name) <= high
    ]
