"""*Händelser* on a user's page: what happened to their bookings, in words, without a title."""

import re

import pytest

from .factories import D, at


@pytest.fixture
def page(opened, signed_in):
    """Anna's page in English, after what `act` does to an office whose titles are shown."""
    office = opened(*D, "--titles")
    client = signed_in("anna")
    client.cookies["django_language"] = "en"

    def page(act):
        act(office)
        user = office.user()
        return client.get(f"/kalendersynk/{office.provider.pk}/anvandare/{user.pk}/").text

    return page


def events(text):
    part = text.partition('id="events"')[2]
    rows = part.partition("<tbody")[2].partition("</tbody>")[0].split("<tr")[1:]
    return [" ".join(strip(row).split()) for row in rows]


def strip(html):
    shown = re.sub(r'<span class="cap".*?</span>', " ", html)
    return re.sub(r"<[^>]+>", " ", shown).replace('role="row">', "")


def test_a_booking_made_and_moved_is_two_events_the_newest_first(page):
    def act(office):
        event = office.book("09:00", "10:30", subject="KANARIE")
        office.sync()
        office.world.change(event.id, ends_at=at("11:00"))
        office.sync()

    text = page(act)
    moved, made = events(text)
    assert "Booking changed" in moved
    assert "2027-05-12 09:00–10:30 → becomes" in moved
    assert "2027-05-12 09:00–11:00" in moved
    assert "Booking added" in made
    assert "2027-05-12 09:00–10:30" in made
    assert "KANARIE" not in text.partition('id="events"')[2]


@pytest.mark.parametrize("read", [True, False], ids=["read since", "not read since"])
def test_when_a_booking_that_became_private_was_is_not_told(page, read):
    def act(office):
        event = office.book("09:00", "10:30")
        office.sync()
        office.world.notifications = lambda url, payload: None
        office.world.change(event.id, sensitivity="private")
        if read:
            office.provider.users.wish()
            office.sync()

    found = " ".join(events(page(act)))
    assert "Booking added" in found
    assert "09:00" not in found
    assert "10:30" not in found


def test_nothing_has_happened_to_who_has_no_bookings(page):
    assert "Nothing has happened yet." in page(lambda office: None)
