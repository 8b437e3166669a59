"""What an administrator is told by e-mail of an incident (interface 4.11): the words, and the sending.

One message for each administrator, in their language. Nothing in it names a user or a booking.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User

from . import connect, suspicion
from .health import EXPLAINED
from .models import Incident, SyncedUser

log = logging.getLogger(__name__)

TIMEOUT = 10  # seconds that a mail server may take for a step
HEADERS = {
    "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's holiday reply answers
    "X-Auto-Response-Suppress": "All",  # Exchange's word for it
}

Kind = Incident.Kind
Told = Incident.Told


def administrators(incident: Incident) -> QuerySet[User]:
    """Who is told: those One X says administer the company, and that have an address."""
    of_company = User.objects.filter(memberships__company=incident.provider.company_id, is_active=True)
    return of_company.exclude(email="").order_by("pk")


def send(incident: Incident, told: Told, now: datetime) -> Iterator[int]:
    """Sends to those who do not have it yet (`told_to`), and yields the id of each. Raises OSError, SMTPException."""
    missing = administrators(incident).exclude(pk__in=incident.told_to)
    with get_connection(timeout=TIMEOUT) as connection:
        for user in missing:
            message = letter(incident, told, user, now)
            message.connection = connection
            try:
                message.send()
            except (SMTPRecipientsRefused, ValueError):  # the address is none, and will be none tomorrow
                log.warning("user %s cannot be told of incident %s", user.pk, incident.pk)
            yield user.pk


def letter(incident: Incident, told: Told, user: User, now: datetime) -> EmailMultiAlternatives:
    """What `told` says, in the language of its reader."""
    language = user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        name = " ".join(incident.provider.name.split())  # a line break would end the header
        if told == Told.WELL:
            subject, lines = _("%(name)s synchronises again") % {"name": name}, _well(incident, now)
        else:
            since = _moment(incident, incident.since, now)
            subject = _("%(name)s does not synchronise since %(time)s") % {"name": name, "time": since}
            lines = _broken(incident, told, now)
        words = {"subject": subject, "lines": lines, "link": _link(incident), "name": name}
        text = render_to_string("calendarsync/mail/incident.txt", words)
        message = EmailMultiAlternatives(subject, text, to=[user.email], headers=HEADERS)
        message.attach_alternative(
            render_to_string("calendarsync/mail/incident.html", words | {"language": language}), "text/html"
        )
    return message


def _well(incident: Incident, now: datetime) -> list[str]:
    times = {
        "since": _moment(incident, incident.since, now),
        "time": _moment(incident, incident.closed_at or now, now),
    }
    return [_("What stood still since %(since)s has worked again since %(time)s.") % times]


def _broken(incident: Incident, told: Told, now: datetime) -> list[str]:
    """What, since when, how many users, what becomes of what One X holds, what to do."""
    what, mend = _what(incident, now)
    users = incident.provider.users.filter(active=True, state=SyncedUser.State.ACTIVE).count()
    return [
        what,
        _("Since: %(time)s.") % {"time": _moment(incident, incident.since, now)},
        _("Users concerned: %(users)d.") % {"users": users},
        _meanwhile(incident, told, now),
        mend,
    ]


def _what(incident: Incident, now: datetime) -> tuple[str, str]:
    """What has happened, and what mends it."""
    if incident.kind == Kind.REFUSED:
        what, mend = EXPLAINED.get(incident.code, (incident.code, ""))
        return str(what), str(mend)
    if incident.kind == Kind.BRAKED:
        number = suspicion.emptied(incident.provider, now)
        return (
            _("The sync is paused. Users whose bookings disappeared at once: %(number)d.")
            % {"number": number},
            _("Check the consent and Exchange. Then choose Continue anyway or Keep in One X."),
        )
    what = _("One X does not answer.") if incident.kind == Kind.ONEX else _("The calendars cannot be read.")
    return what, _("New attempts are made. Call support if it lasts.")


def _meanwhile(incident: Incident, told: Told, now: datetime) -> str:
    if incident.kind == Kind.ONEX:
        return _("Changes wait, and are sent as soon as One X answers.")
    if incident.kind == Kind.BRAKED:
        return _("Nothing more of what disappeared is withdrawn from One X before you have chosen.")
    if incident.kind == Kind.CALENDAR:
        return _("What One X has already stays there.")
    time = {"time": _moment(incident, incident.withdrawn_at, now)}
    if told == Told.WITHDRAWN:
        return _("What One X had was withdrawn %(time)s. It comes back when the trouble is mended.") % time
    return _("What One X has already stays until %(time)s and is then withdrawn, if it is not mended.") % time


def _moment(incident: Incident, moment: datetime, now: datetime) -> str:
    """In the company's time; without the date if that is today's."""
    zone = connect.zone(incident.provider.company)
    local = moment.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else f"{local:%Y-%m-%d %H:%M}"


def _link(incident: Incident) -> str:
    """The page that says what is wrong and has the deed."""
    if incident.kind == Kind.BRAKED:
        return f"{settings.PUBLIC_URL}{reverse('calendarsync:dashboard')}"
    return f"{settings.PUBLIC_URL}{reverse('calendarsync:provider-settings', args=[incident.provider_id])}"
