"""What holds for every calendar, not only for those somebody thought of."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calendarsync.core.booking import Absence, Booking, CallForwarding, ShowAs, Skip, Treatment
from calendarsync.core.plan import Clear, Held, Set, plan
from calendarsync.core.rules import Because, Policy, decide
from calendarsync.core.timeline import caller_view, timeline

from .oracle import heard
from .samples import A, absences, applied, at, keys

START = at("10:00")
HOUR = range(60)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


# Few enough that bookings often touch, or begin and end together.
fives = st.integers(0, 8).map(lambda n: 5 * n)
minutes = st.integers(0, 59).map(minute)
treatments = st.builds(
    Treatment, st.sampled_from(["meeting", "lunch", "away"]), st.sampled_from(CallForwarding)
)
rules = st.dictionaries(st.sampled_from(ShowAs), st.none() | treatments)
policies = st.builds(Policy, rules, rules, st.booleans(), st.booleans(), st.booleans(), st.booleans())
seldom = st.sampled_from([False, False, False, True])
bookings = st.builds(
    lambda item_id, first, length, show_as, **fields: Booking(
        item_id, minute(first), minute(first + length), show_as, **fields
    ),
    item_id=st.sampled_from("abcdef"),
    first=fives,
    length=st.just(-5) | fives,
    show_as=st.sampled_from(ShowAs),
    private=seldom,
    cancelled=seldom,
    declined=seldom,
    subject=st.none() | st.text(max_size=9),
    choice=st.none() | st.just(Skip.BY_USER) | treatments,
)
calendars = st.lists(bookings, max_size=6, unique_by=lambda each: each.item_id)
shown = st.builds(
    lambda item_id, first, length, treatment, priority: Absence(
        item_id, minute(first), minute(first + length), treatment.reason, treatment.forwarding, priority
    ),
    st.sampled_from("abcdef"),
    fives,
    st.sampled_from([5, 10, 13, 20]),
    treatments,
    st.sampled_from([4, 5, 104, 1004]),
)
rows = st.builds(
    Held,
    key=st.sampled_from([f"old{n}" for n in range(8)]),
    item_id=st.sampled_from("abcdefg"),
    extension=st.sampled_from(["here", "there"]),
    version=st.integers(1, 3),
    payload_hash=st.just("another"),
    starts_at=minutes,
    ends_at=minutes,
    withdrawn=st.booleans(),
)
tables = st.lists(rows, max_size=8, unique_by=lambda row: row.key)


def changes(wanted: list[Absence], held: list[Held], now: datetime, **given: Any) -> list[Set | Clear]:
    return plan(wanted, held, extension="here", now=now, new_key=keys(f"at {now} "), **given)


@given(calendars, policies)
def test_there_is_an_absence_exactly_when_somebody_s_word_asks_for_it(
    calendar: list[Booking], policy: Policy
) -> None:
    verdicts = [decide(each, policy) for each in calendar]
    assert [verdict.absence is not None for verdict in verdicts] == [
        verdict.because in (Because.RULE, Because.OWN_RULE, Because.CHOICE) for verdict in verdicts
    ]


@given(
    before=calendars,
    after=calendars,
    policy=policies,
    held=tables,
    now=minutes,
    keep=st.sets(st.sampled_from("abcdefg")),
    until=st.none() | minutes,
    expired_before=st.none() | minutes,
)
def test_planning_converges(
    before: list[Booking], after: list[Booking], policy: Policy, held: list[Held], now: datetime, **given: Any
) -> None:
    held = applied(held, changes(absences(before, A), held, minute(0)))
    wanted = absences(after, policy)
    planned = changes(wanted, held, now, **given)
    assert changes(wanted, applied(held, planned), now, **given) == []


@given(before=calendars, after=calendars, policy=policies, held=tables, now=minutes)
def test_after_a_complete_reading_one_x_holds_what_is_wanted_and_no_more(
    before: list[Booking], after: list[Booking], policy: Policy, held: list[Held], now: datetime
) -> None:
    held = applied(held, changes(absences(before, A), held, minute(0)))
    wanted = absences(after, policy)
    standing = [
        row for row in applied(held, changes(wanted, held, now)) if not row.withdrawn and row.ends_at > now
    ]
    assert sorted((row.extension, row.item_id, row.payload_hash) for row in standing) == sorted(
        ("here", each.item_id, each.payload_hash) for each in wanted if each.ends_at > now
    )


@given(calendar=calendars, policy=policies, held=tables, now=minutes)
def test_every_change_is_the_only_one_of_its_key_and_one_version_on(
    calendar: list[Booking], policy: Policy, held: list[Held], now: datetime
) -> None:
    versions = {row.key: row.version for row in held}
    planned = changes(absences(calendar, policy), held, now)
    assert {each.key: each.version for each in planned} == {
        each.key: versions.get(each.key, 0) + 1 for each in planned
    }
    assert len({each.key for each in planned}) == len(planned)


@given(data=st.data(), calendar=calendars, policy=policies, held=tables, now=minutes)
def test_the_order_of_what_is_read_never_matters(
    data: st.DataObject, calendar: list[Booking], policy: Policy, held: list[Held], now: datetime
) -> None:
    wanted = absences(calendar, policy)
    shuffled = absences(data.draw(st.permutations(calendar)), policy)
    assert shuffled == wanted
    other_way = changes(data.draw(st.permutations(wanted)), data.draw(st.permutations(held)), now)
    assert other_way == changes(wanted, held, now)
    assert [caller_view(data.draw(st.permutations(wanted)), now)] == [caller_view(wanted, now)]


@given(calendar=calendars, hidden=calendars, policy=policies, now=minutes)
def test_nothing_of_a_private_booking_is_in_any_output(
    calendar: list[Booking], hidden: list[Booking], policy: Policy, now: datetime
) -> None:
    """They were open once, so that rows of theirs exist; then each is made private."""
    secret = Treatment("secret", CallForwarding.ANNOUNCEMENT)
    opened = [
        replace(
            each,
            item_id=f"secret {each.item_id}",
            series_id="secret",
            subject="secret",
            choice=secret,
            private=False,
        )
        for each in hidden
    ]
    closed = [replace(each, private=True, subject="secret", choice=secret) for each in opened]
    held = applied([], changes(absences(calendar + opened, A), [], minute(0)))
    verdicts = [decide(each, policy) for each in closed]
    wanted = absences(calendar + closed, policy)
    seen = [caller_view(wanted, minute(number)) for number in HOUR]
    planned = changes(wanted, held, now)
    assert "secret" not in repr((verdicts, wanted, seen, planned))
    assert (wanted, planned) == (absences(calendar, policy), changes(absences(calendar, policy), held, now))


@settings(max_examples=60)
@given(st.lists(shown, max_size=6, unique_by=lambda each: each.item_id), st.permutations("uvwxyz"))
def test_a_caller_hears_what_walking_minute_by_minute_finds(shown: list[Absence], names: list[str]) -> None:
    keyed = [replace(each, key=key) for each, key in zip(shown, names, strict=False)]
    held = timeline(keyed)
    views = [caller_view(held, minute(number)) for number in range(-1, 62)]
    assert [
        (view.absence and view.absence.item_id, view.diverted, view.reason, view.returns_at) for view in views
    ] == [heard(keyed, minute(number)) for number in range(-1, 62)]
