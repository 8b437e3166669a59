"""A storm of bookings, settings, faults, deaths and takeovers; after it One X holds what the calendar says.

`SCHEDULES` and `STEPS` in the environment make it longer. In CI it is the same storm every time.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from calendarsync import connect, engine, erase, extensions, faultpoints, userlist
from calendarsync.models import Provider, Subscription, SyncedBooking, SyncedUser, SyncRule
from mss.simulators.pbx import Pbx
from mss.simulators.world import Event, World

from ..calendarsync import arrange
from ..conftest import contoso
from .oracle import SHOW_AS, STOCKHOLM, UNKNOWN, expected, held
from .test_crashes import POINTS, Death, Dies

ANNA, BERTIL = "anna@contoso.test", "bertil@contoso.test"
PRIVATE = "PRIVAT"
# The hour before a day of 25 hours, before one of 23, and an ordinary morning.
STARTS = [
    datetime(2026, 10, 24, 21, 40, tzinfo=UTC),
    datetime(2026, 3, 28, 22, 55, tzinfo=UTC),
    datetime(2026, 5, 6, 5, 0, tzinfo=UTC),
]
CALENDAR = [
    (-30, "busy"),
    (15, "oof"),
    (90, "busy"),
    (60 * 5, "busy"),
    (60 * 26, "oof"),
    (60 * 24 * 9, "busy"),
]
LATER = [1, 7, 61, 60 * 9, 60 * 24, 60 * 24 * 12, 60 * 24 * 31]  # minutes
BETWEEN = [point for point in POINTS if not point.endswith("commit")]  # no transaction is open there
FAULTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 500, "after_applying": True},
    {"status": 429, "retry_after": 30},
    {"reset": True},
    {"garbage": True},
]

person, show, lost = st.sampled_from([ANNA, BERTIL]), st.sampled_from(list(SHOW_AS)), st.booleans()
reason, forwarding = (
    st.sampled_from(["meeting", "lunch", "vacation"]),
    st.sampled_from(["none", "announcement"]),
)
any_event = st.integers(0, 99)


class Lossy(Pbx):
    """Loses requests or its own answers on order, and remembers every request, so that one can come late or again."""

    def __init__(self, like: Pbx) -> None:
        super().__init__(like.clock, like.lock)
        self.customers, self.extensions = like.customers, like.extensions
        self.seen: list[tuple[str, Sequence[dict[str, Any]]]] = []
        self.lose: list[str] = []

    def apply(self, customer_id: str, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        self.seen.append((customer_id, changes))
        lose = self.lose.pop(0) if self.lose else ""
        if lose == "request":
            raise ConnectionResetError
        answer = super().apply(customer_id, changes)
        if lose == "answer":
            raise ConnectionResetError
        return answer


class Storm(RuleBasedStateMachine):
    stage: Any  # the simulator, the hand on the clock, and Django's settings
    clock: Any
    settings: Any

    def __init__(self) -> None:
        super().__init__()
        for model in (SyncedBooking, SyncRule, Subscription, SyncedUser, Provider):
            model._default_manager.all().delete()
        self.world: World = contoso()
        self.pbx = Lossy(self.world.pbx)
        self.stage.world.world, self.world.pbx = self.world, self.pbx
        self.booked = 0
        connect.forget()

    @initialize(start=st.sampled_from(STARTS), periodic=st.booleans())
    def begin(self, start: datetime, periodic: bool) -> None:
        self.now, self.periodic = start, periodic
        self.clock.move_to(start)
        self.settings.READ_INTERVAL = 50 if periodic else 0
        rules = ("busy=meeting:announcement", "oof=vacation")
        switches = {"all_private": False, "plugin_enabled": True, "may_change_defaults": True}
        self.provider = arrange.provider(self.world, ANNA, BERTIL, rules=rules, **switches)
        for who in (ANNA, BERTIL):
            for minutes, show in CALENDAR:
                self.book(who, minutes, 60, show, False, True)
        self.run()

    # Outlook

    @rule(
        who=person,
        start=st.integers(-120, 400) | st.integers(0, 60 * 24 * 20),
        length=st.sampled_from([0, 5, 30, 60, 180, 60 * 30]),
        show=show,
        private=st.booleans(),
        lost=lost,
    )
    def book(self, who: str, start: int, length: int, show: str, private: bool, lost: bool) -> None:
        starts_at = self.now.replace(second=0, microsecond=0) + timedelta(minutes=start)
        kind = {"subject": f"{PRIVATE} {self._number()}", "sensitivity": "private"} if private else {}
        self._book(who, starts_at, starts_at + timedelta(minutes=length), show_as=show, **kind)
        self._knock(who, lost)

    @rule(who=person, first=st.integers(0, 16), days=st.integers(1, 3), show=show, lost=lost)
    def book_days(self, who: str, first: int, days: int, show: str, lost: bool) -> None:
        day = self.now.astimezone(STOCKHOLM).date() + timedelta(days=first)
        self._book(who, day, day + timedelta(days=days), show_as=show, all_day=True)
        self._knock(who, lost)

    @rule(n=any_event, by=st.integers(-300, 600), lost=lost)
    def move(self, n: int, by: int, lost: bool) -> None:
        for event in self._event(n):
            step = timedelta(days=by % 5 - 2) if event.all_day else timedelta(minutes=by)
            self._change(event, lost, starts_at=event.starts_at + step, ends_at=event.ends_at + step)

    @rule(n=any_event, over=st.booleans(), lost=lost)
    def shorten(self, n: int, over: bool, lost: bool) -> None:
        for event in self._event(n):
            if over and not event.all_day:
                times = {
                    "starts_at": self.now - timedelta(hours=3),
                    "ends_at": self.now - timedelta(minutes=1),
                }
                self._change(event, lost, **times)
            elif not event.all_day:
                self._change(event, lost, ends_at=event.starts_at + (event.ends_at - event.starts_at) / 2)

    @rule(n=any_event, private=st.booleans(), lost=lost)
    def hide_or_open(self, n: int, private: bool, lost: bool) -> None:
        title, sensitivity = (PRIVATE, "private") if private else ("Öppet", "normal")
        for event in self._event(n):
            self._change(event, lost, sensitivity=sensitivity, subject=f"{title} {self._number()}")

    @rule(n=any_event, lost=lost)
    def delete(self, n: int, lost: bool) -> None:
        for event in self._event(n):
            self.world.delete(event.id)
            self._knock(self.world.people[event.person_id].email, lost)

    @rule(n=any_event, how=st.sampled_from(["cancelled", "response", "show_as"]), show=show, lost=lost)
    def answer(self, n: int, how: str, show: str, lost: bool) -> None:
        for event in self._event(n):
            declined = "accepted" if event.response == "declined" else "declined"
            value = {"cancelled": not event.cancelled, "response": declined, "show_as": show}[how]
            self._change(event, lost, **{how: value})

    @rule(n=any_event, reason=reason | st.just(UNKNOWN), forwarding=forwarding, lost=lost)
    def choose(self, n: int, reason: str, forwarding: str, lost: bool) -> None:
        for event in self._event(n):
            self.world.set_choice(event.id, reason=reason, forwarding=forwarding)
            self._knock(self.world.people[event.person_id].email, lost)

    @rule(n=any_event, skip=st.booleans(), lost=lost)
    def choose_not(self, n: int, skip: bool, lost: bool) -> None:
        for event in self._event(n):
            if skip:
                self.world.set_choice(event.id, skip=True)
            else:
                self.world.clear_choice(event.id)
            self._knock(self.world.people[event.person_id].email, lost)

    # The administrator

    @rule(what=st.sampled_from(["active", "plugin_enabled", "may_change_defaults", "all_private"]))
    def flip(self, what: str) -> None:
        self.provider.refresh_from_db()
        self._set(**{what: not getattr(self.provider, what)})

    @rule(days=st.sampled_from([1, 3, 14, 30]))
    def look_ahead(self, days: int) -> None:
        self._set(days_ahead=days)

    @rule(show=show, update=st.booleans(), reason=reason, forwarding=forwarding)
    def change_rule(self, show: str, update: bool, reason: str, forwarding: str) -> None:
        self.provider.rules.filter(show_as=show).update(update=update, reason=reason, forwarding=forwarding)
        self.provider.users.wish()

    @rule(who=person, show=show, update=st.booleans(), reason=reason, forwarding=forwarding)
    def change_own_rule(self, who: str, show: str, update: bool, reason: str, forwarding: str) -> None:
        fields = {"update": update, "reason": reason, "forwarding": forwarding}
        for user in SyncedUser.objects.filter(email=who):
            SyncRule.objects.update_or_create(synced_user=user, show_as=show, defaults=fields)
        SyncedUser.objects.filter(email=who).wish()

    @rule(who=person)
    def stop_or_follow(self, who: str) -> None:
        for user in SyncedUser.objects.filter(email=who):
            SyncedUser.objects.filter(pk=user.pk).update(active=not user.active)
        SyncedUser.objects.filter(email=who).wish()

    @rule(who=person)
    def remove(self, who: str) -> None:
        erase.remove_users(SyncedUser.objects.filter(email=who), timezone.now())

    @rule(who=person)
    def add(self, who: str) -> None:
        listed = connect.pbx(self.provider.company).search("")
        userlist.add(
            userlist.resolve([userlist.Row(1, who)], self.provider, listed), self.provider, timezone.now()
        )

    @rule()
    def order_or_end_the_diversion_service(self) -> None:
        services = self.pbx.extensions["anna"].services
        services[:] = [] if services else ["diversion"]
        extensions.refresh(self.provider.company, connect.pbx(self.provider.company), timezone.now())

    # Trouble

    @rule(
        face=st.sampled_from(["graph", "onex", "token"]),
        fault=st.sampled_from(FAULTS),
        part=st.booleans(),
        times=st.integers(1, 3),
    )
    def fault(self, face: str, fault: dict[str, Any], part: bool, times: int) -> None:
        path = "absences:apply" if face == "onex" else ""
        part = part and face == "graph" and fault in ({"status": 503}, {"status": 429, "retry_after": 30})
        self.world.faults.add(face, path, times=times, part=part, **fault)

    @rule(lose=st.lists(st.sampled_from(["request", "answer", ""]), min_size=1, max_size=4))
    def lose(self, lose: list[str]) -> None:
        self.pbx.lose = lose

    @rule(n=st.integers(0, 999))
    def a_late_request(self, n: int) -> None:
        if self.pbx.seen:
            Pbx.apply(self.pbx, *self.pbx.seen[n % len(self.pbx.seen)])

    @rule(minutes=st.sampled_from(LATER))
    def later(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=7)
        self.clock.move_to(self.now)

    # The service

    @rule()
    def run(self) -> None:
        engine.run()

    @rule()
    def keep_house(self) -> None:
        erase.expire(timezone.now())
        erase.finish()

    @rule(point=st.sampled_from(POINTS), times=st.integers(1, 2))
    def die(self, point: str, times: int) -> None:
        try:
            with Dies(point, times):
                engine.run()
        except Death:
            pass

    @rule(data=st.data(), point=st.sampled_from(BETWEEN), takeover=st.booleans(), who=person, n=any_event)
    def meanwhile(self, data: Any, point: str, takeover: bool, who: str, n: int) -> None:
        """Something happens between two steps; perhaps the lease is lost as well, and another worker goes on."""
        acts: dict[str, Any] = {
            "nothing": lambda: None,
            "off": lambda: self._set(active=False),
            "off and on": lambda: (self._set(active=False), self._set(active=True)),
            "remove": lambda: self.remove(who),
            "stop": lambda: self.stop_or_follow(who),
            "delete": lambda: self.delete(n, False),
            "private": lambda: self.hide_or_open(n, True, False),
            "rule": lambda: self.change_rule("busy", False, "lunch", "none"),
            "titles": lambda: self.flip("all_private"),
        }
        act = data.draw(st.sampled_from(sorted(acts)))

        def hook(name: str) -> None:
            if name == point:
                faultpoints.hook = None
                acts[act]()
                if takeover:
                    self._lose_leases()
                    engine.run()

        faultpoints.hook = hook
        try:
            engine.run()
        finally:
            faultpoints.hook = None

    # Truth

    @rule()
    def quiet(self) -> None:
        """The trouble ends, and everybody is looked at: because of the time, or because somebody asks."""
        self.world.faults.clear()
        self.pbx.lose = []
        self._lose_leases()
        for _ in range(3):
            self.later(61)
            if not self.periodic:
                SyncedUser.objects.all().wish()
            engine.run()
            self.keep_house()
        self._check()

    def teardown(self) -> None:
        faultpoints.hook = None
        if hasattr(self, "provider"):
            self.quiet()

    def _check(self) -> None:
        self.provider.refresh_from_db()
        assert SyncedBooking.objects.pending().count() == 0
        assert SyncedUser.objects.exclude(lease_token=None).count() == 0
        assert list(SyncedUser.objects.exclude(trouble="").values_list("email", "trouble")) == []
        assert list(SyncedUser.objects.exclude(state="active").values_list("state", "email")) == []
        for who in (ANNA, BERTIL):
            self._check_one(who)
        assert [seen for seen in self.pbx.seen if PRIVATE in str(seen)] == []
        assert list(SyncedBooking.objects.filter(title__contains=PRIVATE)) == []
        told = len(self.pbx.log)
        SyncedUser.objects.all().wish()
        engine.run()
        assert len(self.pbx.log) - told == 0  # a second look sends nothing

    def _check_one(self, who: str) -> None:
        absences = [each.change.absence for each in self.pbx.held("contoso", who.split("@")[0])]
        coming = sorted(held(absence) for absence in absences if absence and absence.ends_at > self.now)
        assert coming == expected(self.world, self.provider, who, self.now)
        ended = [absence for absence in absences if absence and absence.ends_at <= self.now]
        followed = SyncedUser.objects.filter(email=who, active=True, provider__active=True).exists()
        assert [each for each in ended if not followed or each.ends_at < self.now - timedelta(days=30)] == []

    # By the way

    def _number(self) -> int:
        self.booked += 1
        return self.booked

    def _book(self, who: str, starts_at: Any, ends_at: Any, **fields: Any) -> None:
        subject = fields.pop("subject", f"Möte {self._number()}")
        self.world.book(self.world.person(who).id, subject, starts_at, ends_at, **fields)

    def _event(self, n: int) -> list[Event]:
        """One of them, if there are any."""
        events = sorted(self.world.events.values(), key=lambda event: event.id)
        return [events[n % len(events)]] if events else []

    def _change(self, event: Event, lost: bool, **fields: Any) -> None:
        self.world.change(event.id, **fields)
        self._knock(self.world.people[event.person_id].email, lost)

    def _knock(self, who: str, lost: bool) -> None:
        if not lost:
            SyncedUser.objects.filter(email=who).wish()

    def _set(self, **fields: Any) -> None:
        Provider.objects.filter(pk=self.provider.pk).update(**fields)
        self.provider.users.wish()

    def _lose_leases(self) -> None:
        SyncedUser.objects.update(lease_until=None)


@pytest.mark.django_db(transaction=True)
def test_after_any_storm_one_x_holds_what_the_calendar_says(
    world: Any, simulator: Any, settings: Any
) -> None:
    with time_machine.travel(STARTS[0], tick=True) as clock:
        Storm.stage, Storm.clock, Storm.settings = simulator, clock, settings
        run_state_machine_as_test(Storm, settings=schedules())


def schedules() -> settings:
    by_hand = "SCHEDULES" in os.environ
    return settings(
        max_examples=int(os.environ.get("SCHEDULES", "40")),
        stateful_step_count=int(os.environ.get("STEPS", "25")),
        phases=list(Phase) if by_hand else [Phase.generate],  # making a failure shorter takes minutes
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
