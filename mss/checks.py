"""Configuration that cannot work says so at start, with an id and a hint (design 8)."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, SystemCheckError
from django.http.request import validate_host

# What the web process and the engine cannot do without, and where it comes from.
NEEDED = {
    "SECRET_KEY": "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    "ONEX_URL": "The base address of the One X API, for example https://onex-api.contoso.test.",
    "ONEX_TOKEN": "The bearer token of the One X API.",
    "MICROSOFT_CLIENT_ID": "The application id of the registration in Microsoft Entra.",
    "FIELD_KEYS": "A key that seals secrets in the database: python -c 'from cryptography.fernet import Fernet; "
    "print(Fernet.generate_key().decode())'",
    "TELENOR_ID_ISSUER": "The issuer of Telenor ID: its address without /.well-known/openid-configuration.",
    "TELENOR_ID_CLIENT_ID": "The client id that Telenor ID knows this service by.",
    "TELENOR_ID_CLIENT_SECRET": "The secret that goes with it.",
}
ADDRESSES = (
    "PUBLIC_URL",
    "NOTIFICATION_URL",
    "MICROSOFT_AUTHORITY",
    "GRAPH_URL",
    "ONEX_URL",
    "ONEX_WEB_URL",
    "TELENOR_ID_ISSUER",
)
SIMULATED = "simulated-"  # how every secret of mss.simulators begins
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def refuse_to_start() -> None:
    """What `manage.py` does before every command, for processes that it does not start. Raises SystemExit."""
    try:
        BaseCommand().check(display_num_errors=False)
    except SystemCheckError as error:
        raise SystemExit(str(error)) from None


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
    for name in ADDRESSES:
        parts = urlsplit(getattr(settings, name))
        if not getattr(settings, name):
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
        for name in ("ONEX_TOKEN", "MICROSOFT_CLIENT_SECRET", "TELENOR_ID_CLIENT_SECRET")
        if getattr(settings, name).startswith(SIMULATED)
    ]


@register(Tags.security, deploy=True)
def local(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.W006: something that lives on the Internet is looked for on this machine."""
    return [
        Warning(f"{name} is an address of this machine.", hint="Set the real address.", id="mss.W006")
        for name in ADDRESSES
        if urlsplit(getattr(settings, name)).hostname in LOOPBACK
    ]


@register()
def numbers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E005: a number outside what makes sense."""
    limits = {
        "READ_INTERVAL": (0, 24 * 60, "minutes; 0 turns periodic reading off"),
        "GRACE_HOURS": (0, 720, "hours"),
        "TRUSTED_PROXIES": (0, 10, "proxies in front"),
    }
    return [
        Error(f"{name} must be between {low} and {high} ({unit}).", id="mss.E005")
        for name, (low, high, unit) in limits.items()
        if not low <= getattr(settings, name) <= high
    ]


@register(Tags.security)
def values(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E007: a list, an address or a key with something in it that is none."""
    return [
        Error(f"{name}: {_shown(name, item)} {wrong}", hint=hint, id="mss.E007")
        for name, (fits, wrong, hint) in SHAPES.items()
        for item in _items(name)
        if not fits(item)
    ]


def _items(name: str) -> list[str]:
    value = getattr(settings, name)
    return list(value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else value)


def _shown(name: str, item: str) -> str:
    return "one" if name == "FIELD_KEYS" else repr(urlsplit(item).scheme if "BROKER" in name else item)


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(item: str) -> bool:
        try:
            parse(item)
        except ValueError:
            return False
        return True

    return fits


def _is_page(item: str) -> bool:
    parts = urlsplit(item)
    return bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK)


def _is_certificate(item: str) -> bool:
    return not item or "-----BEGIN" in item or Path(item).is_file()


# What each item must be, what to say of one that is not, and what to do.
SHAPES: dict[str, tuple[Callable[[str], bool], str, str]] = {
    "FIELD_KEYS": (_parses(Fernet), "is no Fernet key.", NEEDED["FIELD_KEYS"]),
    "SERVICE_ADDRESSES": (_parses(ip_address), "is no IP address.", "Write addresses with commas between."),
    "EWS_ALLOWED_NETWORKS": (_parses(ip_network), "is no network.", "Write networks such as 10.20.0.0/16."),
    "ONEX_BAR_LINKS": (_is_page, "is no https address.", "Write Name=https://… with commas between."),
    "MICROSOFT_CERTIFICATE": (
        _is_certificate,
        "is no file.",
        "Write PEM with key and certificate, or its path.",
    ),
    "CELERY_BROKER_URL": (
        lambda item: not item or urlsplit(item).scheme in ("amqp", "amqps", "redis", "rediss"),
        "is no broker.",
        "Write amqp://user:password@host/vhost or redis://host:6379/0; empty: no Celery.",
    ),
}


@register(Tags.security)
def together(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.E008: settings that contradict each other."""
    found: list[CheckMessage] = []
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if host and not validate_host(host, settings.ALLOWED_HOSTS):
        hint = "Every page would be answered 400. Add the host to ALLOWED_HOSTS."
        found.append(Error("ALLOWED_HOSTS lacks the host of PUBLIC_URL.", hint=hint, id="mss.E008"))
    if "openid" not in settings.TELENOR_ID_SCOPES:
        hint = "Without it there is no id_token (OpenID Connect Core 3.1.2.1)."
        found.append(Error("TELENOR_ID_SCOPES lacks openid.", hint=hint, id="mss.E008"))
    if not settings.DEBUG and any(_is_loopback(each) for each in settings.EWS_ALLOWED_NETWORKS):
        hint = "This machine is no customer's network; only the simulated world is there."
        found.append(Error("EWS_ALLOWED_NETWORKS holds loopback.", hint=hint, id="mss.E008"))
    return found


def _is_loopback(network: str) -> bool:
    return _parses(ip_network)(network) and ip_network(network).is_loopback


@register(Tags.security, deploy=True)
def shared(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """mss.W009: what several processes must share is kept by each alone."""
    if "locmem" not in settings.CACHES["default"]["BACKEND"]:
        return []
    hint = "Limits on wrong passwords count per process. Set CACHE_URL, for example redis://host:6379/1."
    return [Warning("The cache is each process's own.", hint=hint, id="mss.W009")]
