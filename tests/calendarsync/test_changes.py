"""What is changed in the portal takes effect at One X, is recorded, and is not lost to somebody else's change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from calendarsync import changes, erase, providers, userlist
from calendarsync.core.booking import CallForwarding, ShowAs
from calendarsync.core.rules import DEFAULT_RULES, DefaultRule
from calendarsync.models import Provider, SyncedUser

from .factories import Office, add_provider, everything_kept

INFORMED = DefaultRule(True, "meeting", CallForwarding.NONE)
DIVERTED = DefaultRule(True, "lunch", CallForwarding.ANNOUNCEMENT)
OFF = DefaultRule(False, "meeting", CallForwarding.NONE)


def settings_of(provider: Provider, **changed: Any) -> dict[str, Any]:
    return {name: getattr(provider, name) for name in Provider.SETTINGS if name != "tenant"} | changed


def save(office: Office, **changed: Any) -> bool:
    """The administrator saves what is on the page, with these changes."""
    office.provider.refresh_from_db()
    seen = providers.settings_version(office.provider)
    return changes.save_settings(
        office.provider, settings_of(office.provider, **changed), seen, timezone.now()
    )


def rule(office: Office, **changed: DefaultRule) -> int | None:
    rules = providers.rules_of(office.provider)
    wanted = {ShowAs(r.show_as): DefaultRule(r.update, r.reason, CallForwarding(r.forwarding)) for r in rules}
    wanted |= {ShowAs(name): each for name, each in changed.items()}
    return changes.save_rules(office.provider, wanted, providers.rules_version(rules), timezone.now())


def add(office: Office, email: str, asked: str = "") -> userlist.Row:
    row = userlist.Row(1, email, asked)
    candidates = userlist.candidates(office.provider.company, row)
    return changes.add_user(office.provider, row, candidates, timezone.now())


def entries() -> list[LogEntry]:
    """What was recorded since the office was opened, oldest first."""
    return list(LogEntry.objects.filter(action=LogEntry.Action.UPDATE).order_by("pk"))


@pytest.fixture
def quiet(opened: Callable[..., Office]) -> Office:
    """The standard template, titles hidden; Anna has a meeting from 10 to 11 that One X holds."""
    office = opened()
    office.book("10:00", "11:00")
    office.sync()
    assert office.held() == ["10:00–11:00 meeting"]
    return office


def test_a_rule_that_is_turned_off_takes_back_what_it_made(quiet):
    assert rule(quiet, busy=OFF) == 2
    quiet.sync()
    assert quiet.held() == []


def test_a_rule_to_a_diversion_is_heard_by_callers(quiet):
    rule(quiet, busy=DIVERTED)
    quiet.sync()
    assert quiet.heard("10:30") == "lunch, back 11:00"


def test_a_rule_that_is_turned_on_reaches_what_was_booked_before(quiet):
    quiet.book("13:00", "14:00", "tentative")
    quiet.sync()
    rule(quiet, tentative=INFORMED)
    quiet.sync()
    assert quiet.held() == ["10:00–11:00 meeting", "13:00–14:00 meeting"]


def test_rules_that_are_as_they_were_wish_for_nothing_and_leave_no_entry(quiet):
    before = quiet.user().requested_seq
    assert rule(quiet) is None
    assert (quiet.user().requested_seq, entries()) == (before, [])


def test_nobody_is_updated_by_the_rules_of_an_instance_that_is_off(quiet):
    save(quiet, active=False)
    assert rule(quiet, busy=OFF) == 0


def test_who_is_not_active_is_not_counted_as_updated(quiet):
    changes.set_active(quiet.user("bertil"), False, timezone.now())
    assert rule(quiet, busy=OFF) == 1


def test_the_standard_template_comes_back(quiet):
    rule(quiet, busy=DIVERTED, free=INFORMED, oof=OFF, tentative=INFORMED, workingElsewhere=INFORMED)
    rule(quiet, **{show_as.value: each for show_as, each in DEFAULT_RULES.items()})
    kept = {r.show_as: (r.update, r.reason, r.forwarding) for r in providers.rules_of(quiet.provider)}
    assert kept == {show_as.value: tuple(each) for show_as, each in DEFAULT_RULES.items()}


def test_titles_are_shown_once_meetings_are_not_private_and_gone_once_they_are(quiet):
    save(quiet, all_private=False)
    quiet.sync()
    assert (quiet.titles(), "Budget" in everything_kept()) == (["Budget"], True)
    save(quiet, all_private=True)
    quiet.sync()
    assert (quiet.titles(), "Budget" in everything_kept()) == ([None], False)


def test_fewer_days_take_back_what_is_further_ahead(quiet):
    quiet.book("10:00", "11:00", day=5)
    quiet.sync()
    save(quiet, days_ahead=4)
    quiet.sync()
    assert quiet.held() == ["10:00–11:00 meeting"]


def test_more_days_reach_further(quiet):
    quiet.book("10:00", "11:00", day=20)
    quiet.sync()
    save(quiet, days_ahead=20)
    quiet.sync()
    assert quiet.held() == ["10:00–11:00 meeting", "10:00–11:00 day 20 meeting"]


def test_an_instance_that_is_turned_off_takes_everything_back_and_on_again_gives_it_back(quiet):
    save(quiet, active=False)
    quiet.sync()
    assert quiet.held() == []
    save(quiet, active=True)
    quiet.sync()
    assert quiet.held() == ["10:00–11:00 meeting"]


def test_a_user_who_is_turned_off_and_on_again_too(quiet):
    assert changes.set_active(quiet.user(), False, timezone.now()) is True
    quiet.sync()
    assert quiet.held() == []
    assert changes.set_active(quiet.user(), True, timezone.now()) is True
    quiet.sync()
    assert quiet.held() == ["10:00–11:00 meeting"]


def test_who_is_added_has_their_bookings_at_one_x(opened):
    office = opened(users=("bertil@contoso.test",))
    office.book("10:00", "11:00")
    assert add(office, "anna@contoso.test").extension.id == "anna"
    office.sync()
    assert office.held() == ["10:00–11:00 meeting"]


def test_who_is_removed_leaves_one_x_and_then_nothing_behind(quiet):
    person = quiet.user()
    assert (
        changes.remove_users(quiet.provider, quiet.provider.users.filter(pk=person.pk), timezone.now()) == 1
    )
    quiet.sync()
    erase.finish()
    assert (quiet.held(), SyncedUser.objects.filter(pk=person.pk).exists()) == ([], False)


def test_a_new_name_means_nothing_to_one_x(quiet):
    before = quiet.user().requested_seq
    assert save(quiet, name="Outlook") is True
    assert quiet.user().requested_seq == before


def test_settings_that_are_as_they_were_change_nothing(quiet):
    assert (save(quiet), entries()) == (False, [])


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(quiet):
    seen = providers.settings_version(quiet.provider)
    Provider.objects.filter(pk=quiet.provider.pk).update(days_ahead=7)
    with pytest.raises(changes.StaleError):
        changes.save_settings(quiet.provider, settings_of(quiet.provider), seen, timezone.now())
    assert Provider.objects.get(pk=quiet.provider.pk).days_ahead == 7


def test_rules_that_somebody_else_has_changed_meanwhile_are_not_overwritten(quiet):
    rules = providers.rules_of(quiet.provider)
    wanted = dict.fromkeys(DEFAULT_RULES, OFF)
    rule(quiet, busy=DIVERTED)
    with pytest.raises(changes.StaleError):
        changes.save_rules(quiet.provider, wanted, providers.rules_version(rules), timezone.now())


@pytest.mark.parametrize("name", Provider.SETTINGS)
def test_each_setting_has_a_part_in_the_version(name):
    provider = Provider(name="Office 365", tenant="a")
    before = providers.settings_version(provider)
    value = getattr(provider, name)
    setattr(provider, name, not value if isinstance(value, bool) else value * 2)
    assert providers.settings_version(provider) != before


def test_an_instance_that_is_being_removed_is_not_changed(quiet):
    seen = providers.settings_version(quiet.provider)
    person = quiet.user()
    erase.remove_provider(Provider.objects.get(pk=quiet.provider.pk), timezone.now())
    with pytest.raises(Provider.DoesNotExist):
        changes.save_settings(quiet.provider, settings_of(quiet.provider), seen, timezone.now())
    with pytest.raises(Provider.DoesNotExist):
        add(quiet, "cecilia@contoso.test")
    with pytest.raises(Provider.DoesNotExist):
        changes.set_active(person, False, timezone.now())


def test_who_was_removed_meanwhile_is_not_activated(quiet):
    person = quiet.user()
    erase.remove_users(quiet.provider.users.filter(pk=person.pk), timezone.now())
    with pytest.raises(SyncedUser.DoesNotExist):
        changes.set_active(person, False, timezone.now())


def test_what_would_leave_one_x_is_told_before(quiet):
    quiet.book("10:00", "11:00", day=5)
    quiet.book("12:00", "13:00", day=5, who="bertil")
    quiet.sync()
    provider, now = Provider.objects.get(), timezone.now()

    def lost(**changed: Any) -> changes.TakenBack | None:
        return changes.taken_back(provider, settings_of(provider, **changed), now)

    assert lost(active=False) == changes.TakenBack(3, 2)
    assert lost(days_ahead=4) == changes.TakenBack(2, 2)
    assert lost(days_ahead=5) == changes.TakenBack(0, 0)
    assert lost(days_ahead=15) is None
    assert lost(name="Outlook", all_private=False) is None


def test_an_instance_that_is_off_has_nothing_to_lose(quiet):
    save(quiet, active=False)
    provider = Provider.objects.get()
    assert changes.taken_back(provider, settings_of(provider, days_ahead=1), timezone.now()) is None


def test_an_extension_follows_one_calendar_of_the_company(quiet, world, tmp_path):
    other = add_provider(world, tmp_path, name="Second")
    row = userlist.Row(1, "other@contoso.test", "+46101000001")
    judged = changes.add_user(other, row, userlist.candidates(other.company, row), timezone.now())
    assert (judged.code, judged.other) == (userlist.Problem.DRIVEN, quiet.user())


def test_who_drives_no_extension_any_more_cannot_come_back_beside_the_new_driver(quiet, world, tmp_path):
    other = add_provider(world, tmp_path, name="Second")
    changes.set_active(quiet.user(), False, timezone.now())
    row = userlist.Row(1, "anna@contoso.test")
    assert changes.add_user(other, row, userlist.candidates(other.company, row), timezone.now()).extension
    with pytest.raises(changes.DrivenError) as refused:
        changes.set_active(quiet.user(), True, timezone.now())
    assert refused.value.driver == other.users.get()
    assert quiet.user().active is False


def meanwhile(monkeypatch: pytest.MonkeyPatch, other: Provider, email: str) -> None:
    """Another instance adds somebody between the look and the writing, as often as it takes."""
    real = userlist.resolve

    def resolve(rows: Any, provider: Provider, extensions: Any) -> list[userlist.Row]:
        extensions = list(extensions)
        first = not calls
        calls.append(1)
        if first:
            judged = real(rows, provider, extensions)
        (quick,) = real([userlist.Row(1, email)], other, extensions)
        userlist.add([quick], other, timezone.now())
        return judged if first else real(rows, provider, extensions)

    calls: list[int] = []
    monkeypatch.setattr(userlist, "resolve", resolve)


def test_of_two_who_add_the_same_extension_at_once_the_later_is_told(quiet, world, tmp_path, monkeypatch):
    other = add_provider(world, tmp_path, name="Second")
    meanwhile(monkeypatch, other, "cecilia@contoso.test")
    judged = add(quiet, "cecilia@contoso.test")
    assert (judged.code, judged.other) == (userlist.Problem.DRIVEN, other.users.get())
    assert not quiet.provider.users.filter(email="cecilia@contoso.test").exists()


def test_of_two_who_add_the_same_address_at_once_the_later_is_told(quiet, monkeypatch):
    meanwhile(monkeypatch, quiet.provider, "cecilia@contoso.test")
    judged = add(quiet, "cecilia@contoso.test")
    assert (judged.known, judged.other.email) == (True, "cecilia@contoso.test")
    assert quiet.provider.users.filter(email="cecilia@contoso.test").count() == 1


def test_settings_and_rules_are_recorded_with_what_they_were(quiet):
    save(quiet, days_ahead=7, name="Outlook")
    rule(quiet, busy=DIVERTED)
    assert [entry.changes for entry in entries()] == [
        {"name": ["Office 365", "Outlook"], "days_ahead": ["14", "7"]},
        {"reason": ["meeting", "lunch"], "forwarding": ["none", "announcement"]},
    ]


def test_what_happens_to_users_is_recorded_and_outlives_them_without_saying_who_they_were(quiet):
    person = quiet.user()
    changes.set_active(person, False, timezone.now())
    changes.set_active(person, True, timezone.now())
    changes.set_active(person, True, timezone.now())
    changes.remove_users(quiet.provider, quiet.provider.users.filter(pk=person.pk), timezone.now())
    added = add(quiet, "cecilia@contoso.test")
    new = quiet.provider.users.get(extension=added.extension.id)
    changes.remove_users(quiet.provider, quiet.provider.users.filter(pk=new.pk), timezone.now())
    quiet.sync()
    erase.finish()
    assert [(entry.changes, entry.additional_data) for entry in entries()] == [
        ({"users_inactivated": ["", "1"]}, {"users": [person.pk]}),
        ({"users_activated": ["", "1"]}, {"users": [person.pk]}),
        ({"users_removed": ["", "1"]}, {"users": [person.pk]}),
        ({"users_added": ["", "1"]}, {"users": [new.pk]}),
        ({"users_removed": ["", "1"]}, {"users": [new.pk]}),
    ]
    kept = everything_kept()
    assert [word for word in ("anna@contoso", "cecilia", "Öberg", "+46101000003") if word in kept] == []


def test_a_workers_trouble_survives_a_setting_saved_at_the_same_time(quiet):
    """The loops write columns of their own on the instance."""
    stale = Provider.objects.get()
    Provider.objects.update(trouble="consent_revoked", trouble_since=timezone.now() - timedelta(hours=1))
    changes.save_settings(
        stale, settings_of(stale, days_ahead=7), providers.settings_version(stale), timezone.now()
    )
    assert Provider.objects.get().trouble == "consent_revoked"
