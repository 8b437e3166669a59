"""A day in 24 bars, drawn by the server (interface 5): how many of the users were updated in each hour."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

HEIGHT, FULL, NOTHING = (
    44,
    38,
    2,
)  # pixels: the picture, an hour in which all were updated, one without figures
STEP, WIDTH = 4.17, 3.0  # percent
LOW = 0.5


@dataclass(frozen=True, slots=True)
class Bar:
    """Attributes of a <rect>, as text: a page in Swedish would write 4,17."""

    x: str
    y: str
    height: str
    look: str


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`label`: what it shows, for who does not see it."""

    bars: tuple[Bar, ...]
    label: str
    width: str = f"{WIDTH}%"
    height: int = HEIGHT


def draw(shares: Sequence[float | None]) -> Sparkline:
    """The oldest hour first; None: nobody was looked at."""
    return Sparkline(tuple(_bar(place, share) for place, share in enumerate(shares)), _label(shares))


def _bar(place: int, share: float | None) -> Bar:
    height = NOTHING if share is None else max(FULL * share, NOTHING)
    look = "none" if share is None else "bad" if share < LOW else ""
    return Bar(f"{place * STEP:.2f}%", f"{HEIGHT - height:.1f}", f"{height:.1f}", look)


def _label(shares: Sequence[float | None]) -> str:
    known = [share for share in shares if share is not None]
    if not known:
        return _("No figures yet")
    low, high = int(100 * min(known)), int(100 * max(known))
    if low == high:
        return _("Updated users per hour, the last day: %(high)d%%") % {"high": high}
    return _("Updated users per hour, the last day: between %(low)d and %(high)d%%") % {
        "low": low,
        "high": high,
    }
