"""How a change that reached One X is told in the terminal."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from calendarsync.deliver import Delivery
from calendarsync.engine import Turn
from calendarsync.models import SyncedBooking

# What decided, in a word or two.
WHY = {
    "rule": "the rule",
    "rule_off": "the rule is off",
    "own_rule": "the user's own rule",
    "own_rule_off": "the user's own rule is off",
    "choice": "the user's choice",
    "choice_skip": "the user chose not to",
    "gone": "deleted, moved away or private",
    "stopped": "nobody follows the calendar",
    "expired": "ended 30 days ago",
}


def told(turn: Turn, delivery: Delivery) -> str:
    """Who, what, why, and how long from the knock to One X. Never a title."""
    row, now = delivery.row, timezone.now()
    who = row.synced_user if settings.DEBUG else f"user {row.synced_user_id}"  # a service's output is a log
    what = "cleared" if delivery.cleared else ("diversion" if row.forwarding != "none" else "absence")
    asked = turn.asked_at(delivery)
    delay = f"{(now - asked).total_seconds():.1f} s after the knock" if asked else "found by reading"
    return (
        f"{timezone.localtime(now):%H:%M:%S}  {who}  {what} {row.reason} "
        f"{_times(row)}{_back(delivery)}  ({WHY.get(row.because, row.because)}; {delay})"
    )


def _back(delivery: Delivery) -> str:
    """When a caller is told that the person returns, where that is not simply the end."""
    returns_at = None if delivery.cleared else delivery.row.returns_at
    if returns_at in (None, delivery.row.ends_at):
        return ""
    return f", back {timezone.localtime(returns_at):%H:%M}"


def _times(row: SyncedBooking) -> str:
    try:
        starts, ends = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    except OverflowError:  # somebody is away until the year 9999
        return f"{row.starts_at:%Y-%m-%d} –"
    if row.all_day:
        last = (ends - timedelta(minutes=1)).date()
        return f"{starts:%Y-%m-%d}" if starts.date() == last else f"{starts:%Y-%m-%d} – {last:%Y-%m-%d}"
    return f"{starts:%Y-%m-%d %H:%M}–{ends:{'%H:%M' if starts.date() == ends.date() else '%Y-%m-%d %H:%M'}}"
