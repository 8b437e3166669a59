"""Having Microsoft knock: one subscription a mailbox, made, renewed and taken down in bulk (graph.md 6)."""

import hashlib
import random
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from . import connect
from .core.ports import MISSING, CalendarSource, Callback, Mailbox, PortError, Subscribed
from .faultpoints import fault_point
from .models import Provider, Subscription, SyncedUser
from .pacing import backoff

CHUNK = 20
GIVE_UP = 5  # attempts to take one down: it ends by itself within a week
ASKING = timedelta(minutes=2)  # a worker that died while asking is made good after this

NEW_TO_US = Q(failures=0, lease_token=None)  # not wanted any more, and nobody is telling Microsoft yet
Work = Callable[[CalendarSource, list[Subscription], datetime], None]

FOLLOWED = Q(active=True, state=SyncedUser.State.ACTIVE)


def digest(secret: str) -> str:
    """How a `clientState` is kept (hex): it is long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tend(provider: Provider, now: datetime) -> int:
    """Make, renew and take down what is due for one provider, a chunk of each; answers how many rows were handled.

    Safe to be killed anywhere, and to run twice at once."""
    wanted, unwanted = _rows(provider)
    if not provider.trouble and provider.reads:
        _note_lacking(provider, now)
    due = Q(renew_at__lte=now)
    works: list[tuple[QuerySet[Subscription], Work]] = [(unwanted.filter(due | NEW_TO_US), _take_down)]
    if not provider.trouble:
        wanted = wanted.filter(due)
        works += [(wanted.filter(remote_id=""), _make), (wanted.exclude(remote_id=""), _renew)]
    handled = 0
    for rows, work in works:
        if claimed := _claim(rows, now):
            handled += len(claimed)
            _try(work, provider, claimed, now)
    return handled


def again(subscriptions: QuerySet[Subscription], now: datetime) -> int:
    """Ask Microsoft about these as soon as possible: a lifecycle notification, or an operator, said so."""
    return subscriptions.update(renew_at=now, failures=0)


def gone(subscriptions: QuerySet[Subscription], now: datetime) -> int:
    """Microsoft has dropped these: make them anew."""
    return subscriptions.update(remote_id="", expires_at=None, renew_at=now, failures=0, lease_token=None)


def _rows(provider: Provider) -> tuple[QuerySet[Subscription], QuerySet[Subscription]]:
    """Subscriptions of people who are followed, and of those who are not any more."""
    followed = provider.users.filter(FOLLOWED) if provider.reads else provider.users.none()
    rows = provider.subscriptions
    return rows.filter(synced_user__in=followed), rows.exclude(synced_user__in=followed)


def _note_lacking(provider: Provider, now: datetime) -> None:
    """Whose mailbox is known and not missing: a passing trouble, or one strange booking, is no reason to go without."""
    lacking = provider.users.filter(FOLLOWED, subscription=None).exclude(mailbox_id="")
    lacking = lacking.exclude(trouble__in=MISSING).order_by("pk")[:500]
    Subscription.objects.bulk_create(
        [Subscription(provider=provider, synced_user=user, renew_at=now) for user in lacking],
        ignore_conflicts=True,  # another worker noted the same person
    )


def _claim(rows: QuerySet[Subscription], now: datetime) -> list[Subscription]:
    """A chunk of what is due, ours for two minutes: one conditional UPDATE decides between workers."""
    pks = list(rows.order_by("renew_at", "pk").values_list("pk", flat=True)[:CHUNK])
    token = uuid.uuid4()
    if not pks or not rows.filter(pk__in=pks).update(lease_token=token, renew_at=now + ASKING):
        return []
    return list(Subscription.objects.filter(lease_token=token).select_related("synced_user"))


def _try(work: Work, provider: Provider, rows: list[Subscription], now: datetime) -> None:
    try:
        work(connect.notifier(provider), rows, now)
    except PortError as error:
        for row in rows:
            _note(row, error, now)


def _take_down(source: CalendarSource, rows: list[Subscription], now: datetime) -> None:
    """Tell Microsoft, then forget. Where Microsoft refuses there is nobody to tell, and it ends by itself."""
    known = {row.remote_id: row for row in rows if row.remote_id}
    kept = set()
    for remote_id, answer in source.unsubscribe(list(known)):
        row = known[remote_id]
        if answer is not None and row.failures < GIVE_UP:
            kept.add(row.pk)
            _note(row, answer, now)
    Subscription.objects.filter(pk__in=[row.pk for row in rows if row.pk not in kept]).delete()


def _make(source: CalendarSource, rows: list[Subscription], now: datetime) -> None:
    users = {row.pk: row.synced_user for row in rows if row.synced_user}
    by_mailbox = {user.mailbox_id: row for row in rows if (user := users.get(row.pk))}
    asked = [(Mailbox(mailbox_id), _callback(row)) for mailbox_id, row in by_mailbox.items()]
    Subscription.objects.bulk_update(rows, ["secret_hash"])  # before anybody can knock with it
    fault_point("subscriptions.noted")
    made = [
        row.pk
        for mailbox, answer in source.subscribe(asked)
        if _note(row := by_mailbox[mailbox.id], answer, now)
    ]
    # What changed between the subscription and our note of it has knocked in vain.
    SyncedUser.objects.filter(subscription__in=made).wish(now, asked=False)


def _renew(source: CalendarSource, rows: list[Subscription], now: datetime) -> None:
    known = {row.remote_id: row for row in rows}
    for remote_id, answer in source.renew(list(known)):
        row = known[remote_id]
        if isinstance(answer, PortError) and answer.code == "subscription_gone":
            gone(Subscription.objects.filter(pk=row.pk), now)
        else:
            _note(row, answer, now)


def _callback(row: Subscription) -> Callback:
    secret = secrets.token_urlsafe(32)
    row.secret_hash = digest(secret)
    return Callback(settings.NOTIFICATION_URL + reverse("graph-notifications"), secret)


def _note(row: Subscription, answer: Subscribed | PortError, now: datetime) -> bool:
    """Write down what Microsoft answered; whether it was a yes. Renewal comes at about half of what was granted."""
    if isinstance(answer, PortError):
        row.failures, row.trouble = min(row.failures + 1, 1000), answer.code
        row.renew_at = now + backoff(row.failures, getattr(answer, "retry_after", None))
    else:
        row.remote_id, row.expires_at, row.failures, row.trouble = answer.id, answer.expires_at, 0, ""
        row.renew_at = now + (answer.expires_at - now) * random.uniform(0.4, 0.5)  # noqa: S311
    row.lease_token = None
    row.save(update_fields=["remote_id", "expires_at", "failures", "trouble", "renew_at", "lease_token"])
    return not row.trouble
