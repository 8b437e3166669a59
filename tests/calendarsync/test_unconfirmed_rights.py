"""While One X cannot say whether somebody still administers the company."""

from datetime import timedelta

from django.utils import timezone


def test_while_rights_cannot_be_confirmed_no_calendar_is_read_and_after_an_hour_no_page(
    opened, world, signed_in
):
    office = opened()
    client, user = signed_in("anna"), office.user()
    page = f"/kalendersynk/{office.provider.pk}/anvandare/{user.pk}/"
    world.faults.add("onex", status=503, times=None)
    office.move_to(timezone.now() + timedelta(minutes=20))
    office.asked("calendarView")
    assert client.get(page).status_code == 200
    assert client.get(page + "synka/", {"utan": "1"}).status_code == 200
    assert office.asked("calendarView") == 0
    office.move_to(timezone.now() + timedelta(minutes=25))
    assert client.get("/instrumentpanel/").status_code == 200
    office.move_to(timezone.now() + timedelta(minutes=20))
    answer = client.get("/instrumentpanel/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/logga-in/one-x-svarar-inte/")
