"""What changed rules would do to the coming bookings: figures over the tallies of the last readings, by the real rules.

Nothing is written, and Outlook is not asked. Tallies hold what the provider's rules decide; what people have chosen
themselves is counted from our rows, and no rule moves it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, IntegerField, Max, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from ..core.booking import Booking, CallForwarding, ShowAs, Treatment
from ..core.rules import DEFAULT_RULES, Because, DefaultRule, HeldBack, Policy, Verdict, decide
from ..models import Provider, SyncedBooking, SyncedUser
from ..models.user import SyncedUserQuerySet

Rules = Mapping[ShowAs, Treatment | None]
Verdicts = Mapping[ShowAs, Verdict]

SHOWN = tuple(DEFAULT_RULES)
ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)  # a rule does not look at the time


@dataclass(frozen=True, slots=True)
class Figures:
    """Coming bookings by what becomes of them."""

    diversions: int = 0
    absences: int = 0
    skipped: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.diversions + other.diversions, self.absences + other.absences, self.skipped + other.skipped
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """`concerned`: how many of the `users` followed have a booking that changes; `undiverted`: how many would have a
    diversion but for the service; `read_at`: the last reading; `read`: there has been one."""

    before: Figures
    after: Figures
    concerned: int
    users: int
    undiverted: int
    read_at: datetime | None

    @property
    def read(self) -> bool:
        return self.read_at is not None or self.before != Figures()


@dataclass(frozen=True, slots=True)
class _Group:
    """The users with, or without, the diversion service: their bookings by *Visa som*, and what is said of them."""

    tally: Mapping[ShowAs, int]
    users: int
    concerned: int
    undiverted: int
    read_at: datetime | None


# Rules


def treatments(wanted: Mapping[ShowAs, DefaultRule]) -> Rules:
    """What a form says, as the rules count it."""
    return {
        show_as: Treatment(rule.reason, rule.forwarding) if rule.update else None
        for show_as, rule in wanted.items()
    }


def rules_now(provider: Provider) -> Rules:
    return {ShowAs(rule.show_as): rule.treatment for rule in provider.rules.all()}


def differ(before: Rules, after: Rules) -> bool:
    """Whether anybody's bookings could become something else."""
    return any(_changed(before, after, diversion) for diversion in (True, False))


def concerned(provider: Provider, before: Rules, after: Rules) -> SyncedUserQuerySet:
    """Users followed who had a booking at their last reading that becomes something else."""
    return _followed(provider).filter(_with_change(before, after))


def _changed(before: Rules, after: Rules, diversion: bool) -> list[ShowAs]:
    old, new = _verdicts(before, diversion), _verdicts(after, diversion)
    return [show_as for show_as in SHOWN if old[show_as].absence != new[show_as].absence]


def _verdicts(rules: Rules, diversion: bool) -> Verdicts:
    """By the real rules: what becomes of a booking that nothing but them decides."""
    counts = Policy(rules, {}, False, False, titles=False, diversion=diversion)
    ends_at = ANY_MOMENT + timedelta(hours=1)
    return {show_as: decide(Booking("", ANY_MOMENT, ends_at, show_as), counts) for show_as in SHOWN}


# Figures


def look(provider: Provider, before: Rules, after: Rules, now: datetime) -> Preview:
    """Two queries that add up in the database, whatever the number of users."""
    groups = _groups(provider, before, after)
    chosen = _chosen(provider, now)
    moments = [group.read_at for group in groups.values() if group.read_at]
    return Preview(
        reduce(Figures.__add__, _figures(groups, before), chosen),
        reduce(Figures.__add__, _figures(groups, after), chosen),
        concerned=sum(group.concerned for group in groups.values()),
        users=sum(group.users for group in groups.values()),
        undiverted=sum(group.undiverted for group in groups.values()),
        read_at=max(moments, default=None),
    )


def _figures(groups: Mapping[bool, _Group], rules: Rules) -> Iterator[Figures]:
    for diversion, group in groups.items():
        verdicts = _verdicts(rules, diversion)
        for show_as, count in group.tally.items():
            yield _counted(verdicts[show_as], count)


def _counted(verdict: Verdict, count: int) -> Figures:
    if verdict.absence is None:
        return Figures(skipped=count)
    if verdict.absence.forwarding is CallForwarding.ANNOUNCEMENT:
        return Figures(diversions=count)
    return Figures(absences=count)


def _groups(provider: Provider, before: Rules, after: Rules) -> dict[bool, _Group]:
    sums: dict[str, Any] = {f"n_{s.value}": Sum(Cast(KT(f"tally__{s.value}"), IntegerField())) for s in SHOWN}
    rows = _followed(provider).order_by().values("diversion")
    rows = rows.annotate(
        users=Count("pk"),
        concerned=Count("pk", filter=_with_change(before, after)),
        undiverted=Count("pk", filter=_with(False, _held_back(after))),
        read_at=Max("last_synced_at"),
        **sums,
    )
    return {row["diversion"]: _group(row) for row in rows}


def _group(row: Mapping[str, Any]) -> _Group:
    tally = {show_as: row[f"n_{show_as.value}"] or 0 for show_as in SHOWN}
    return _Group(tally, *(row[name] for name in ("users", "concerned", "undiverted", "read_at")))


def _held_back(rules: Rules) -> list[ShowAs]:
    """What is an absence for who lacks the diversion service."""
    verdicts = _verdicts(rules, diversion=False)
    return [show_as for show_as in SHOWN if HeldBack.NO_DIVERSION_SERVICE in verdicts[show_as].held_back]


def _with_change(before: Rules, after: Rules) -> Q:
    return _with(True, _changed(before, after, True)) | _with(False, _changed(before, after, False))


def _with(diversion: bool, shown: Collection[ShowAs]) -> Q:
    """Has, or lacks, the service, and has bookings shown so: a tally names only what there is."""
    having = (Q(tally__has_key=show_as.value) for show_as in shown)
    return Q(diversion=diversion) & reduce(or_, having, Q(pk__in=[]))


def _followed(provider: Provider) -> SyncedUserQuerySet:
    return provider.users.filter(active=True, state=SyncedUser.State.ACTIVE)


def _chosen(provider: Provider, now: datetime) -> Figures:
    """What is at One X by people's own choices and rules, where they count."""
    if not provider.plugin_enabled:
        return Figures()
    deciding = [Because.CHOICE] + [Because.OWN_RULE] * provider.may_change_defaults
    rows = SyncedBooking.objects.standing().filter(
        synced_user__provider=provider,
        synced_user__active=True,
        synced_user__state=SyncedUser.State.ACTIVE,
        because__in=deciding,
    )
    counts = dict(rows.filter(ends_at__gt=now).order_by().values_list("forwarding").annotate(Count("pk")))
    return Figures(
        diversions=counts.get(CallForwarding.ANNOUNCEMENT.value, 0),
        absences=counts.get(CallForwarding.NONE.value, 0),
    )


def with_own_rules(provider: Provider) -> int:
    """How many users have rules of their own, whether or not these count."""
    return provider.users.listed().filter(own_rules__isnull=False).distinct().count()
