"""A page: a template and its words, with the headers every answer carries. No Django settings are needed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from werkzeug import Request, Response

from .words import query

HERE = Path(__file__).parent
STATIC = HERE / "static"
PER_PAGE = 100
ENGINE = Engine(
    dirs=[str(HERE / "templates")], autoescape=True, builtins=["mss.simulators.pages.words"], debug=False
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def render(request: Request, name: str, status: int = 200, **words: Any) -> Response:
    """The page `name`, or only its live parts (`live/<name>`) where the script asks with `X-Live`."""
    folder = "live/" if "X-Live" in request.headers and status == 200 else ""
    context = Context({"path": request.path, **words}, use_l10n=False, use_tz=False)
    body = ENGINE.get_template(f"{folder}{name}.html").render(context)
    return Response(body, status, HEADERS, mimetype="text/html")


def see(path: str, anchor: str = "", **fields: str) -> Response:
    """303 to a page, so that a reload does not repeat what was done."""
    where = query(path, **fields) + (f"#{anchor}" if anchor else "")
    return Response(status=303, headers={**HEADERS, "Location": where})


def sheet(rows: list[Any], asked: str) -> dict[str, Any]:
    """At most 100 of many rows, and what the pager says. A page that does not exist is the nearest one."""
    last = max(1, -(-len(rows) // PER_PAGE))
    number = min(max(int(asked) if asked.isdecimal() and len(asked) < 10 else 1, 1), last)
    first = (number - 1) * PER_PAGE
    shown = rows[first : first + PER_PAGE]
    return {
        "rows": shown, "total": len(rows), "number": number, "last": last,
        "first": first + 1, "final": first + len(shown),
        "before": number - 1 if number > 1 else None, "after": number + 1 if number < last else None,
    }  # fmt: skip


def by_day(rows: list[Any], day_of: Callable[[Any], date]) -> list[tuple[date, list[Any]]]:
    """Rows in order, grouped by day."""
    days: dict[date, list[Any]] = {}
    for row in rows:
        days.setdefault(day_of(row), []).append(row)
    return list(days.items())
