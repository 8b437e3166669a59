"""The picture of a day: where everything stands, on days of 23, 24 and 25 hours, and that it can be read."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from calendarsync.portal.daypicture import Span, axis, day_of, draw

from ..core.samples import STOCKHOLM, WEDNESDAY, at

pytestmark = pytest.mark.once

FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)
CSS = (Path(__file__).resolve().parents[2] / "static" / "app.css").read_text()


def span(start, end, number=1, look="busy", word="Upptagen", day=0, **fields):
    return Span(number, at(start, day), at(end, day), look, word, **fields)


def drawn(*bookings, onex=(), day=WEDNESDAY, now=None):
    return draw(day, STOCKHOLM, bookings, onex, now)


def words(hours):
    return [hour.words for hour in hours]


def number(percent):
    return float(percent.removesuffix("%"))


def of_day(day, first, last):
    """So many hours after its midnight, whatever the clock says."""
    midnight, _ = day_of(day, STOCKHOLM)
    return midnight + timedelta(hours=first), midnight + timedelta(hours=last)


def test_an_empty_day_shows_six_to_twenty():
    picture = drawn()
    assert words(picture.hours) == [f"{hour:02}" for hour in range(6, 21)]
    assert (picture.hours[0].x, picture.hours[0].anchor) == ("0%", "start")
    assert (picture.hours[-1].x, picture.hours[-1].anchor) == ("100%", "end")
    assert (picture.height, picture.onex_label, picture.onex_y) == (262, 168, 180)
    assert (picture.bookings, picture.onex, picture.now) == ((), (), None)


def test_odd_hours_are_minor():
    assert {hour.words for hour in drawn().hours if hour.minor} == {"07", "09", "11", "13", "15", "17", "19"}


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("05:15", "05:45", "05", "20"),
        ("05:00", "06:00", "05", "20"),
        ("19:00", "20:00", "06", "20"),
        ("19:30", "20:01", "06", "21"),
        ("00:00", "00:30", "00", "20"),
    ],
)
def test_the_day_widens_to_whole_hours_around_what_happens(start, end, first, last):
    hours = words(drawn(span(start, end)).hours)
    assert (hours[0], hours[-1]) == (first, last)


def test_a_booking_over_midnight_ends_at_the_edge_of_either_day():
    booking = Span(1, at("22:00"), at("02:00", 1), "busy", "Upptagen")
    (evening,) = drawn(booking).bookings
    (morning,) = drawn(booking, day=WEDNESDAY + timedelta(days=1)).bookings
    assert words(drawn(booking).hours)[-1] == "24"
    assert number(evening.x) + number(evening.width) == pytest.approx(100, abs=0.01)
    assert morning.x == "0%"


def test_what_lasts_all_day_is_a_band_above_and_widens_nothing():
    whole = Span(1, at("00:00"), at("00:00", 1), "oof", "Frånvarande", all_day=True)
    long = Span(2, at("09:00", -1), at("17:00", 1), "busy", "Upptagen")
    picture = drawn(whole, long, span("10:00", "11:00", 3))
    first, second, timed = picture.bookings
    assert [(bar.x, bar.width, bar.y, bar.height) for bar in (first, second)] == [
        ("0%", "100%", 56, 20),
        ("0%", "100%", 80, 20),
    ]
    assert (timed.y, words(picture.hours)[0], words(picture.hours)[-1]) == (104, "06", "20")


def test_more_than_three_all_day_bookings_are_counted():
    whole = [Span(n, at("00:00"), at("00:00", 1), "oof", "", all_day=True) for n in range(1, 6)]
    bars = drawn(*whole).bookings
    assert [bar.number for bar in bars] == ["1", "2", "3", "+2"]
    assert len({bar.y for bar in bars}) == 4


def test_overlapping_bookings_stand_in_lanes_and_go_back_to_the_first_that_is_free():
    bars = drawn(span("09:00", "10:30", 1), span("10:00", "11:00", 2), span("10:30", "12:00", 3)).bookings
    assert [(bar.number, bar.y) for bar in bars] == [("1", 56), ("2", 96), ("3", 56)]


def test_twelve_at_once_are_three_lanes_and_a_count():
    picture = drawn(*(span("09:00", f"{10 + n % 5}:30", n) for n in range(1, 13)))
    *lanes, more = picture.bookings
    assert [bar.y for bar in lanes] == [56, 96, 136]
    assert (more.number, more.y, more.look, more.x) == ("+9", 176, "more", lanes[0].x)
    assert picture.height == 262 + 2 * 40
    assert picture.onex_y > more.y + more.height


def test_what_finds_no_lane_is_counted_where_it_is():
    morning = [span("09:00", "10:00", n) for n in range(1, 6)]
    evening = [span("15:00", "16:00", n) for n in range(6, 10)]
    counts = [bar for bar in drawn(*morning, *evening).bookings if bar.look == "more"]
    assert [bar.number for bar in counts] == ["+2", "+1"]
    assert number(counts[0].x) < number(counts[1].x)


@pytest.mark.parametrize(
    ("end", "word"),
    [
        ("10:30", "Upptagen"),  # 113 px for ten characters
        ("10:15", "Upptagen"),  # 94
        ("10:10", ""),  # 88
        ("09:30", ""),
    ],
)
def test_a_word_is_written_only_where_it_fits(end, word):
    assert drawn(span("09:00", end)).bookings[0].word == word


def test_a_number_in_a_narrow_bar_stands_in_its_middle():
    bars = drawn(span("09:00", "09:30"), span("11:00", "12:00", 2)).bookings
    assert [(bar.number, bar.middle) for bar in bars] == [("1", True), ("2", False)]


def test_a_booking_without_length_can_still_be_seen():
    (bar,) = drawn(span("09:00", "09:00")).bookings
    assert number(bar.width) > 0
    (bar,) = drawn(span("23:30", "23:00")).bookings
    assert number(bar.x) < 100


@pytest.mark.parametrize(
    ("day", "hours", "around"),
    [
        (FORWARD, 23, ["00", "01", "03", "04"]),
        (WEDNESDAY, 24, ["00", "01", "02", "03"]),
        (BACK, 25, ["00", "01", "02", "02"]),
    ],
)
def test_hours_are_those_that_pass_where_clocks_change(day, hours, around):
    starts_at, ends_at = of_day(day, 0, hours)
    spans = [
        Span(1, starts_at, starts_at + timedelta(hours=1), "busy", ""),
        Span(2, ends_at - timedelta(hours=1), ends_at, "busy", ""),
    ]
    picture = draw(day, STOCKHOLM, spans, (), None)
    assert (len(picture.hours), words(picture.hours)[:4]) == (hours + 1, around)
    assert words(picture.hours)[-1] == "24"
    widths = [number(bar.width) for bar in picture.bookings]
    assert widths == pytest.approx([100 / hours, 100 / hours], abs=0.01)


def test_the_hour_that_comes_twice_is_drawn_twice():
    first, second = of_day(BACK, 2, 3)
    spans = [Span(n, start, start + timedelta(hours=1), "busy", "") for n, start in ((1, first), (2, second))]
    one, two = draw(BACK, STOCKHOLM, spans, (), None).bookings
    assert (one.y, two.y) == (56, 56)
    assert number(two.x) == pytest.approx(number(one.x) + number(one.width), abs=0.01)


def test_six_is_six_on_the_clock_also_when_clocks_have_changed():
    for day in (FORWARD, BACK):
        across = axis(day, STOCKHOLM, [])
        assert f"{across.starts_at.astimezone(STOCKHOLM):%H:%M}" == "06:00"


@pytest.mark.parametrize(
    ("clock", "x", "anchor"),
    [("06:00", "0%", "start"), ("13:00", "50%", "middle"), ("19:59", "99.881%", "end")],
)
def test_now_is_a_line_whose_words_stay_inside(clock, x, anchor):
    now = drawn(now=(at(clock), f"Nu {clock}")).now
    assert (now.x, now.words, now.anchor) == (x, f"Nu {clock}", anchor)


@pytest.mark.parametrize("clock", ["05:59", "20:00"])
def test_now_is_left_out_where_the_picture_does_not_reach(clock):
    assert drawn(now=(at(clock), "Nu")).now is None


def test_one_x_has_one_lane_under_the_bookings():
    shown = [
        span("09:00", "10:00", 1, "diversion", "Möte"),
        span("10:00", "11:00", 2, "wait absence", "Väntar"),
    ]
    picture = drawn(span("09:00", "10:00"), onex=shown)
    assert [(bar.y, bar.height, bar.number) for bar in picture.onex] == [(180, 40, "1"), (180, 40, "2")]


def test_where_outlook_is_not_known_the_day_is_as_wide_as_what_one_x_shows():
    hours = words(drawn(onex=[span("04:30", "05:00")]).hours)
    assert (hours[0], hours[-1]) == ("04", "20")


@pytest.mark.parametrize(
    ("look", "ink"),
    [
        ("busy", ""),
        ("oof", ""),
        ("absence", ""),
        ("diversion", ""),
        ("soft", "dark"),
        ("ghost", "dark"),
        ("wait diversion", "dark"),
        ("refused", "bad"),
    ],
)
def test_text_is_light_on_a_full_bar_and_dark_on_a_light_one(look, ink):
    assert drawn(onex=[span("09:00", "10:00", look=look)]).onex[0].ink == ink


def test_numbers_are_written_as_an_attribute_takes_them(settings):
    settings.LANGUAGE_CODE = "sv"
    picture = drawn(span("09:10", "10:25"), now=(at("12:34"), "Nu"))
    shares = [bar.x for bar in picture.bookings] + [bar.width for bar in picture.bookings] + [picture.now.x]
    assert [each for each in shares if not re.fullmatch(r"\d+(\.\d+)?%", each)] == []


# Axe does not look into pictures.


def tokens(theme):
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", light))
    return found | (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", dark)) if theme == "dark" else {})


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("on-bar", "cal"),
        ("on-bar", "cal-oof"),
        ("on-bar", "absence"),
        ("on-bar", "diversion"),
        ("ink", "cal-soft"),
        ("ink", "surface"),
        ("ink", "sunken"),
        ("bad", "bad-soft"),
        ("muted", "surface"),
        ("now", "surface"),
    ],
)
def test_the_text_of_the_picture_can_be_read(theme, text, ground):
    colours = tokens(theme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("edge", "ground"),
    [("absence", "free"), ("diversion", "free"), ("bad", "free"), ("field", "surface"), ("cal", "surface")],
)
def test_the_edges_of_the_picture_can_be_seen(theme, edge, ground):
    colours = tokens(theme)
    assert contrast(colours[edge], colours[ground]) >= 3


def test_every_look_has_its_colour_in_the_stylesheet():
    looks = ("busy", "oof", "soft", "ghost", "more", "absence", "diversion", "wait", "refused", "lane")
    assert [look for look in looks if not re.search(rf"\.tl (svg )?\.{look}\b", CSS)] == []
