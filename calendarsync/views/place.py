"""A place in the list of users: what is searched for, in which order, and how far one has come; kept in the URL."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from ..models import Provider
from ..portal import roster


def place_of(sent: Mapping[str, str]) -> dict[str, str]:
    """The place in the list that a page or form names, without what is usual."""
    status, page, size = sent.get("status", ""), sent.get("page", ""), sent.get("size", "")
    sort = sent.get("sort", "")
    place = {
        "q": roster.asked_for(sent.get("q", "")),
        "status": status if status in roster.FILTERS else "",
        "sort": sort if sort.removeprefix("-") in roster.SORTS and sort != "name" else "",
        "size": size if size in map(str, roster.SIZES) and size != str(roster.PAGE) else "",
        "page": page if re.fullmatch("[1-9][0-9]{0,7}", page) and page != "1" else "",
    }
    return {name: value for name, value in place.items() if value}


def query(sent: Mapping[str, str]) -> str:
    """The query of a place in the list; empty at its beginning."""
    return urlencode(place_of(sent))


def query_with(place: Mapping[str, str], **changed: str) -> str:
    """The query of the first page of the same list, with something changed."""
    return query({**place, "page": "", **changed})


def heads(place: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """For each column that sorts: how it does now (`aria-sort`), and the query that sorts by it, or the other way."""
    now = place.get("sort", "name")
    found = {}
    for name in roster.SORTS:
        here = {name: "ascending", f"-{name}": "descending"}.get(now, "")
        found[name] = (here, query_with(place, sort=f"-{name}" if now == name else name))
    return found


def at_list(provider: Provider, sent: Mapping[str, str]) -> str:
    """The list at the place it was left."""
    address, place = reverse("calendarsync:user-list", args=[provider.pk]), query(sent)
    return f"{address}?{place}" if place else address
