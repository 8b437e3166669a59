"""What a change of rules would do, in figures: the real rules over what the last readings counted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calendarsync.core.booking import CallForwarding, ShowAs, Treatment
from calendarsync.models import SyncedUser, SyncRule
from calendarsync.portal import preview
from calendarsync.portal.preview import Figures

from ..core.samples import at

DIVERSION = CallForwarding.ANNOUNCEMENT


@pytest.fixture
def office(opened):
    """*Upptagen* and *Frånvarande* are absences, the rest is off. Anna has the diversion service, Bertil has not."""
    return opened()


def tallies(office, anna=None, bertil=None):
    office.provider.users.filter(extension="anna").update(tally=anna or {})
    office.provider.users.filter(extension="bertil").update(tally=bertil or {})


def changed(office, **rows):
    """The rules as they are with some rows otherwise: a treatment, or None for off."""
    return preview.rules_now(office.provider) | {ShowAs(name): rule for name, rule in rows.items()}


def look(office, **rows):
    before = preview.rules_now(office.provider)
    return preview.look(office.provider, before, changed(office, **rows), timezone.now())


def test_a_rule_to_a_diversion_diverts_who_has_the_service_and_informs_of_who_has_not(office):
    tallies(office, anna={"busy": 3, "free": 1}, bertil={"busy": 2})
    found = look(office, busy=Treatment("meeting", DIVERSION))
    assert found.before == Figures(diversions=0, absences=5, skipped=1)
    assert found.after == Figures(diversions=3, absences=2, skipped=1)
    assert (found.concerned, found.users, found.undiverted) == (1, 2, 1)


def test_a_row_turned_on_concerns_all_who_have_such_bookings(office):
    tallies(office, anna={"busy": 3}, bertil={"tentative": 2})
    found = look(office, tentative=Treatment("lunch"))
    assert found.after == Figures(absences=5)
    assert (found.concerned, found.undiverted) == (1, 0)


def test_another_reason_concerns_people_although_no_figure_moves(office):
    tallies(office, anna={"busy": 3})
    found = look(office, busy=Treatment("lunch"))
    assert found.before == found.after == Figures(absences=3)
    assert found.concerned == 1


def test_who_is_switched_off_stopped_or_leaving_is_not_counted(office):
    tallies(office, anna={"busy": 3}, bertil={"busy": 2})
    for fields in (
        {"active": False},
        {"state": SyncedUser.State.BLOCKED},
        {"state": SyncedUser.State.REMOVING},
    ):
        SyncedUser.objects.update(active=True, state=SyncedUser.State.ACTIVE)
        office.provider.users.filter(extension="bertil").update(**fields)
        found = look(office, busy=None)
        assert (found.before, found.users, found.concerned) == (Figures(absences=3), 1, 1), fields


def test_it_differs_only_where_somebodys_bookings_could_become_something_else(office):
    now = preview.rules_now(office.provider)
    office.provider.rules.filter(show_as="free").update(reason="lunch")
    assert not preview.differ(now, preview.rules_now(office.provider))
    assert preview.differ(now, now | {ShowAs.FREE: Treatment("lunch")})
    assert preview.differ(now, now | {ShowAs.BUSY: Treatment("meeting", DIVERSION)})


def test_what_people_chose_themselves_stays_whatever_the_rules_say(opened):
    office = opened("--plugin")
    event = office.book("10:00", "11:00")
    office.world.set_choice(event.id, "vacation", "announcement")
    office.book("13:00", "14:00")
    office.sync()
    found = look(office, busy=None)
    assert found.before == Figures(diversions=1, absences=1)
    assert found.after == Figures(diversions=1, skipped=1)


def test_own_rules_count_only_while_they_may(opened):
    office = opened("--plugin")
    SyncRule.objects.create(synced_user=office.user(), show_as="busy", update=True, reason="lunch")
    office.set(may_change_defaults=True)
    office.provider.refresh_from_db()
    office.book("10:00", "11:00")
    office.sync()
    assert look(office, busy=None).after == Figures(absences=1)
    office.set(may_change_defaults=False)
    office.provider.refresh_from_db()
    office.sync()
    assert look(office, busy=None).after == Figures(skipped=1)


def test_own_rules_are_counted_by_people(office):
    for show_as in ("busy", "oof"):
        SyncRule.objects.create(synced_user=office.user(), show_as=show_as, reason="lunch")
    assert preview.with_own_rules(office.provider) == 1


def test_the_last_reading_is_told_and_without_one_there_is_none(office, move_to):
    found = look(office, busy=None)
    assert (found.read_at, found.read) == (at("07:00"), True)
    SyncedUser.objects.update(last_synced_at=None)
    found = look(office, busy=None)
    assert (found.read_at, found.read) == (None, False)
    tallies(office, anna={"busy": 1})
    assert look(office, busy=None).read


def test_more_people_cost_no_more_queries(opened):
    office = opened("--plugin")
    counts = []
    for more in (0, 40):
        model = replace_pk(office.user("bertil"))
        SyncedUser.objects.bulk_create([replace_pk(model, n) for n in range(more)])
        with CaptureQueriesContext(connection) as asked:
            assert look(office, busy=None).users == 2 + more
        counts.append(len(asked))
    assert counts[0] == counts[1] == 4  # the rules twice, the figures, the choices


def replace_pk(user, n=0):
    names = ("company_id", "provider_id", "tally", "diversion")
    fields = {name: getattr(user, name) for name in names}
    return SyncedUser(email=f"{n}@contoso.test", extension=f"x{n}", **fields)


def test_figures_add_up():
    assert Figures(1, 2, 3) + Figures(10, 20, 30) == Figures(11, 22, 33)
