"""One request to Graph, with its query options read as Graph reads them: what it does not know it refuses."""

import base64
import binascii
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from werkzeug.wrappers import Request

from ..http import Face, RefusalError, json_body
from ..records import WINDOWS_ZONES, Person
from ..world import World

T = TypeVar("T")

OPTIONS = {"$select", "$filter", "$expand", "$top", "$orderby", "$count", "$skiptoken"}
PREFERENCE = re.compile(r'\s*([\w.-]+)\s*(?:=\s*(?:"([^"]*)"|([^,"\s]*)))?\s*(?:,|$)')


def bad(code: str, words: str) -> RefusalError:
    return RefusalError(400, code, words)


@dataclass(frozen=True)
class Asking:
    """A request that has shown a good token (`claims`). `graph` is asked again for parts of a `$batch`."""

    world: World
    request: Request
    claims: dict[str, Any]
    graph: Face

    @property
    def tenant_id(self) -> str:
        return str(self.claims["tid"])

    @property
    def roles(self) -> list[str]:
        return list(self.claims["roles"])

    @property
    def base(self) -> str:
        """Graph's own address, without a slash at the end."""
        return f"{self.request.host_url}v1.0"

    def user(self, name: str, mailbox: bool = True) -> Person:
        """The person of an id or UPN in this tenant; `mailbox`: who must have one."""
        person = self.world.people.get(name.lower())
        if person is None and "@" in name:
            named = (each for each in self.world.people.values() if each.upn.lower() == name.lower())
            person = next(named, None)
        if person is None or person.tenant_id != self.tenant_id:
            words = f"Resource '{name}' does not exist or one of its queried reference-property objects."
            raise RefusalError(404, "Request_ResourceNotFound", words)
        if mailbox and not person.mailbox:
            words = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise RefusalError(404, "MailboxNotEnabledForRESTAPI", words)
        return person

    @cached_property
    def preferences(self) -> dict[str, str]:
        """The Prefer header, names in lower case; it may be repeated, or hold several."""
        found: dict[str, str] = {}
        for header in self.request.headers.getlist("Prefer"):
            found |= {name.lower(): quoted or plain for name, quoted, plain in PREFERENCE.findall(header)}
        return found

    @property
    def immutable_ids(self) -> bool:
        return self.preferences.get("idtype", "").lower() == "immutableid"

    @property
    def zone(self) -> tuple[str, ZoneInfo]:
        """The time zone asked for, as it was spelt and as it is. UTC without one."""
        name = self.preferences.get("outlook.timezone", "UTC")
        try:
            return name, ZoneInfo(WINDOWS_ZONES.get(name, name))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise bad("ErrorInvalidTimeZone", "The value of the time zone is not valid.") from error

    def options(self, *more: str) -> None:
        """Refuse a query option Graph does not have here."""
        known = {*OPTIONS, *(each.lower() for each in more)}
        for name in self.request.args:
            if name.startswith("$") and name not in known:
                raise bad("BadRequest", f"Query option '{name}' was not recognized.")

    def select(self, known: Collection[str], kind: str, refused: Collection[str] = ()) -> list[str] | None:
        """The properties of `$select`, or None without one."""
        if "$select" not in self.request.args:
            return None
        names = [each.strip() for each in self.request.args["$select"].split(",")]
        for name in names:
            if name not in known or name in refused:
                words = (
                    f"Could not find a property named '{name}' on type 'Microsoft.OutlookServices.{kind}'."
                )
                raise bad("RequestBroker--ParseUri", words)
        return names

    def moment(self, name: str) -> datetime:
        """A time of the query; UTC where it has no offset."""
        try:
            value = datetime.fromisoformat(self.request.args[name])
        except KeyError as error:
            words = "This request requires a time window specified by StartDateTime and EndDateTime."
            raise bad("ErrorInvalidParameter", words) from error
        except ValueError as error:
            raise bad("ErrorInvalidParameter", f"The value of {name} is invalid.") from error
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def page(self, items: Sequence[T], default: int, most: int) -> tuple[Sequence[T], dict[str, str]]:
        """The part of the items this page shows, and the link to the next one where there is more."""
        top = self._top(default, most)
        start = self._skipped()
        if start + top >= len(items):
            return items[start:], {}
        token = base64.urlsafe_b64encode(f"skip={start + top}".encode()).decode()
        query = {**self.request.args.to_dict(), "$skiptoken": token}
        path = quote(self.request.path, safe="/$@")
        link = f"{self.request.host_url.rstrip('/')}{path}?{urlencode(query, quote_via=quote, safe='$,')}"
        return items[start : start + top], {"@odata.nextLink": link}

    def _top(self, default: int, most: int) -> int:
        text = self.request.args.get("$top", str(default))
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            raise bad("ErrorInvalidParameter", f"The value of $top must be between 1 and {most}.")
        return int(text)

    def _skipped(self) -> int:
        token = self.request.args.get("$skiptoken")
        if token is None:
            return 0
        try:
            return int(base64.urlsafe_b64decode(token).decode().removeprefix("skip="))
        except (binascii.Error, ValueError) as error:
            raise bad("BadRequest", "The $skiptoken is invalid.") from error

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        try:
            value = json_body(self.request)
        except ValueError as error:
            raise bad("BadRequest", "Unable to read JSON request payload.") from error
        if not isinstance(value, dict):
            raise bad("BadRequest", "Empty Payload. JSON content expected.")
        return value
