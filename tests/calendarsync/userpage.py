"""One user's page as a test reads it: its words, its table, what One X's lane shows."""

import html as markup
import re

from django.conf import settings
from django.urls import reverse

CANARY = "Kanariefågel"
TAGS = re.compile(r"<[^>]*>")


def english(client):
    """The words of the source, so that a better translation is no reason to change a test."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def url(office, who="anna"):
    return reverse("calendarsync:user-detail", args=[office.provider.pk, office.user(who).pk])


def look(office, client, who="anna", **query):
    return client.get(url(office, who), query)


def words(html):
    return " ".join(markup.unescape(TAGS.sub(" ", html)).split())


def page(answer):
    return words(answer.content.decode())


def table(answer):
    """Each row of the day: number, time, Outlook, One X, why."""
    html = answer.content.decode().partition('id="events"')[0]
    html = re.sub(r'<span class="cap".*?</span>|<span class="vh">.*?</span>', "", html)
    rows = re.findall(r'<tr role="row">(.*?)</tr>', html, re.S)[1:]
    return [[words(cell) for cell in re.findall(r"<t[hd] .*?</t[hd]>", row, re.S)] for row in rows]


def bars(answer):
    """What One X's lane shows: number and look."""
    return [(bar.number, bar.look) for bar in answer.context["shown"].picture.onex]
