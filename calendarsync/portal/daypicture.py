"""The picture of a day (interface 5) as pure values: where each bar, line and word stands.

Across, everything is a share of the width in percent, so that nothing but widths follows the screen; down, pixels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
FIRST, LAST = time(6), time(20)  # shown even if nothing happens
DRAWN_FOR = 1054  # pixels: what a word must fit into
PADDING, CHARACTER = 18, 7.4  # pixels
NARROW = 6.5  # percent: under it a number stands in the middle, or a phone would cut it off

TOP, LABEL, LANES = 22, 46, 56  # pixels from above
LANE, PITCH, MOST_LANES = 34, 40, 3
BAND, BAND_PITCH, MOST_BANDS = 20, 24, 3
USUAL_LANES = 2
ONEX_LABEL, ONEX_LANE, ONEX_HEIGHT = 32, 44, 40  # from the end of the lanes
NOW_WORDS, BOTTOM = 122, 126


@dataclass(frozen=True, slots=True)
class Span:
    """A booking, or what One X shows of one. `look`: the classes of app.css that it is drawn with."""

    number: int
    starts_at: datetime
    ends_at: datetime
    look: str
    word: str
    all_day: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """`word` is empty where it does not fit; `ink`: classes of its text; `middle`: the number stands in the middle."""

    x: str
    y: int
    width: str
    height: int
    look: str
    number: str
    word: str
    ink: str
    middle: bool

    @property
    def baseline(self) -> int:
        return self.height // 2 + 5


@dataclass(frozen=True, slots=True)
class Hour:
    x: str
    words: str
    anchor: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Now:
    x: str
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`onex_y`: the lane of One X, whose label stands 12 pixels above it."""

    height: int
    hours: tuple[Hour, ...]
    bookings: tuple[Bar, ...]
    onex: tuple[Bar, ...]
    onex_y: int
    now: Now | None

    @property
    def onex_label(self) -> int:
        return self.onex_y - (ONEX_LANE - ONEX_LABEL)

    @property
    def now_until(self) -> int:
        return self.height - 22

    @property
    def now_words(self) -> int:
        return self.height - (BOTTOM - NOW_WORDS)


@dataclass(frozen=True, slots=True)
class Axis:
    """From `starts_at` to `ends_at` (UTC) of one local day, in whole local hours."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    def share(self, moment: datetime) -> float:
        """Percent of the width, by the time that really passes: also where clocks change."""
        inside = min(max(moment, self.starts_at), self.ends_at)
        return (inside - self.starts_at) / (self.ends_at - self.starts_at) * 100

    def hours(self) -> tuple[Hour, ...]:
        count = round((self.ends_at - self.starts_at) / HOUR)
        moments = [self.starts_at + HOUR * passed for passed in range(count + 1)]
        return tuple(self._hour(moment) for moment in moments)

    def _hour(self, moment: datetime) -> Hour:
        local = moment.astimezone(self.zone)
        midnight_after = moment == self.ends_at and local.hour == 0
        anchor = {self.starts_at: "start", self.ends_at: "end"}.get(moment, "middle")
        words = "24" if midnight_after else f"{local:%H}"
        return Hour(_percent(self.share(moment)), words, anchor, minor=local.hour % 2 == 1)


def day_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First and last moment of a local day, UTC: 23, 24 or 25 hours."""
    first = datetime.combine(day, time.min, zone)
    last = datetime.combine(day + timedelta(days=1), time.min, zone)
    return first.astimezone(UTC), last.astimezone(UTC)


def axis(day: date, zone: ZoneInfo, spans: Iterable[Span]) -> Axis:
    """06 to 20, and wider where something begins earlier or ends later. What fills the day widens nothing."""
    midnight, next_midnight = day_of(day, zone)
    first = datetime.combine(day, FIRST, zone).astimezone(UTC)
    last = datetime.combine(day, LAST, zone).astimezone(UTC)
    timed = [span for span in spans if not _fills(span, midnight, next_midnight)]
    for span in timed:
        starts_at = max(span.starts_at, midnight)
        ends_at = min(max(span.starts_at, span.ends_at), next_midnight)
        first = min(first, starts_at - (starts_at - midnight) % HOUR)
        last = max(last, ends_at + -(ends_at - midnight) % HOUR)
    return Axis(first, last, zone)


def draw(
    day: date,
    zone: ZoneInfo,
    bookings: Sequence[Span],
    onex: Sequence[Span],
    now: tuple[datetime, str] | None,
) -> Picture:
    """`now`: the moment and its words; it is left out where the picture does not reach it. Where Outlook is not known,
    the picture is as wide as what One X shows."""
    midnight, next_midnight = day_of(day, zone)
    across = axis(day, zone, bookings or onex)
    whole = [span for span in bookings if _fills(span, midnight, next_midnight)]
    timed = [span for span in bookings if span not in whole]
    bands = _bands(across, whole)
    lanes_from = LANES + BAND_PITCH * min(len(whole), MOST_BANDS + 1)
    bars, count = _lanes(across, timed, lanes_from)
    end = lanes_from + PITCH * max(count, 1 if whole else USUAL_LANES)
    shown = tuple(_bar(across, span, end + ONEX_LANE, ONEX_HEIGHT) for span in onex)
    return Picture(
        height=end + BOTTOM,
        hours=across.hours(),
        bookings=(*bands, *bars),
        onex=shown,
        onex_y=end + ONEX_LANE,
        now=_now(across, *now) if now and across.starts_at <= now[0] < across.ends_at else None,
    )


def _fills(span: Span, midnight: datetime, next_midnight: datetime) -> bool:
    return span.all_day or (span.starts_at <= midnight and span.ends_at >= next_midnight)


def _bands(across: Axis, whole: Sequence[Span]) -> list[Bar]:
    shown = [
        _bar(across, span, LANES + BAND_PITCH * place, BAND) for place, span in enumerate(whole[:MOST_BANDS])
    ]
    left = len(whole) - MOST_BANDS
    return [*shown, _more(across, whole, left, LANES + BAND_PITCH * MOST_BANDS, BAND)] if left > 0 else shown


def _lanes(across: Axis, timed: Sequence[Span], lanes_from: int) -> tuple[list[Bar], int]:
    """Each in the first lane that is free; what finds none is only counted, in a lane of its own."""
    ends: list[datetime] = []
    bars, left = [], []
    for span in sorted(timed, key=lambda span: (span.starts_at, span.number)):
        lane = next((place for place, end in enumerate(ends) if end <= span.starts_at), len(ends))
        if lane == MOST_LANES:
            left.append(span)
            continue
        ends[lane : lane + 1] = [max(span.ends_at, span.starts_at)]
        bars.append(_bar(across, span, lanes_from + PITCH * lane, LANE))
    for group in _together(left):
        bars.append(_more(across, group, len(group), lanes_from + PITCH * MOST_LANES, LANE))
    return bars, len(ends) + bool(left)


def _together(spans: Iterable[Span]) -> list[list[Span]]:
    """Spans by start, in groups that overlap."""
    groups: list[list[Span]] = []
    for span in spans:
        if groups and span.starts_at < max(each.ends_at for each in groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups


def _more(across: Axis, spans: Sequence[Span], count: int, y: int, height: int) -> Bar:
    left = across.share(min(span.starts_at for span in spans))
    width = across.share(max(span.ends_at for span in spans)) - left
    return Bar(
        _percent(left), y, _percent(width), height, "more", f"+{count}", "", "dark", middle=width < NARROW
    )


def _bar(across: Axis, span: Span, y: int, height: int) -> Bar:
    left = across.share(span.starts_at)
    width = max(across.share(span.ends_at) - left, 0.3)
    room = width / 100 * DRAWN_FOR - PADDING
    word = span.word if room >= len(f"{span.number} {span.word}") * CHARACTER else ""
    return Bar(
        _percent(left),
        y,
        _percent(width),
        height,
        span.look,
        str(span.number),
        word,
        _ink(span.look),
        middle=not word and width < NARROW,
    )


def _ink(look: str) -> str:
    """What the text is drawn with: light on a full bar, dark on a light one, red on a refused one."""
    classes = set(look.split())
    if "refused" in classes:
        return "bad"
    return "dark" if classes & {"soft", "ghost", "wait", "more"} else ""


def _now(across: Axis, moment: datetime, words: str) -> Now:
    share = across.share(moment)
    return Now(_percent(share), words, "start" if share < 8 else "end" if share > 92 else "middle")


def _percent(share: float) -> str:
    """Never in the page's language: an attribute takes a point."""
    return f"{share:.3f}".rstrip("0").rstrip(".") + "%"
