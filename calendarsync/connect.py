"""From rows and settings to the two ports: the only place that knows both sides."""

from functools import cache, lru_cache
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from django.conf import settings

from accounts.models import Company
from mss.microsoft.graph import Graph
from mss.microsoft.tokens import Tokens
from mss.onex import connection

from .core.ports import CalendarSource, Pbx, PortError, Unavailable
from .exchange.graph import GraphSource
from .models import Provider
from .pbx import OneXPbx

TIMEOUT = httpx.Timeout(15, connect=5)
REASONS_KEPT = 3600.0  # seconds
DEFAULT_ZONE = "Europe/Stockholm"

_reasons: dict[int, tuple[float, frozenset[str]]] = {}


def zone(company: Company) -> ZoneInfo:
    """The company's zone. One X may name one this machine does not know: then Sweden's."""
    try:
        return ZoneInfo(company.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, or too long a name
        return ZoneInfo(DEFAULT_ZONE)


def source(provider: Provider) -> CalendarSource:
    """The calendars of one provider, read as its settings say. Raises Unavailable where One X cannot tell the reasons
    a choice may name: its refusals are not Microsoft's."""
    plugin = provider.plugin_enabled and settings.OUTLOOK_ADDIN_ID
    return _graph_source(
        provider.tenant,
        not provider.all_private,
        settings.OUTLOOK_ADDIN_ID if plugin else None,
        _choosable(provider.company) if plugin else None,
    )


def notifier(provider: Provider) -> CalendarSource:
    """The same for subscriptions alone, which have nothing to do with One X."""
    return _graph_source(provider.tenant, False, None, None)


def _choosable(company: Company) -> frozenset[str]:
    try:
        return reason_codes(company)
    except PortError as error:
        raise Unavailable("unreachable", f"One X: {error.code}") from None


def pbx(company: Company) -> Pbx:
    """One X, for one company."""
    return OneXPbx(connection.onex(), company.customer)


def reason_codes(company: Company) -> frozenset[str]:
    """The reasons this company's One X knows; asked once an hour. Raises PbxError."""
    kept = _reasons.get(company.pk)
    if kept is None or monotonic() - kept[0] > REASONS_KEPT:
        kept = (monotonic(), frozenset(reason.code for reason in pbx(company).reasons()))
        _reasons[company.pk] = kept
    return kept[1]


def forget() -> None:
    """Drop connections, tokens and what was remembered: after settings changed, and after a fork."""
    for made_once in (_graph_source, tokens, _graph_http):
        made_once.cache_clear()
    connection.forget()
    _reasons.clear()


@lru_cache(maxsize=1000)
def _graph_source(
    tenant: str, titles: bool, addin_id: str | None, reasons: frozenset[str] | None
) -> GraphSource:
    """Kept, because a source learns how its tenant answers."""
    kept = tokens()

    def token(fresh: bool) -> str:
        if fresh:
            kept.forget(tenant)
        return kept.token(tenant)

    graph = Graph(settings.GRAPH_URL, token, _graph_http())
    return GraphSource(graph, titles=titles, addin_id=addin_id, reasons=reasons)


@cache
def tokens() -> Tokens:
    """The app-only tokens of this process."""
    return Tokens(settings.MICROSOFT_CLIENT_ID, _credential(), settings.MICROSOFT_AUTHORITY)


def _credential() -> str | dict[str, str]:
    """A secret, or the certificate and key of a PEM text or file."""
    if not settings.MICROSOFT_CERTIFICATE:
        return str(settings.MICROSOFT_CLIENT_SECRET)
    pem = settings.MICROSOFT_CERTIFICATE
    if "-----BEGIN" not in pem:
        pem = Path(pem).read_text()
    return {"private_key": pem, "public_certificate": pem}


@cache
def _graph_http() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False)
