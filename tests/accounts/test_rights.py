"""What a person may is what One X says, at sign-in and every 15 minutes after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import rights
from accounts.models import Company, Membership, User
from mss.simulators.pbx import Membership as AtOneX
from mss.wire import TryLater

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def companies(user):
    return sorted(user.companies.values_list("customer", flat=True))


def test_who_administers_a_company_gets_a_user_without_a_password(world):
    user = rights.sign_in("anna", NOW)
    assert (user.telenor_id, user.get_full_name(), user.email) == ("anna", "Anna Berg", "anna@contoso.test")
    assert (companies(user), user.has_usable_password(), user.is_staff) == (["contoso"], False, False)


def test_signing_in_again_brings_name_and_companies_up_to_date_and_makes_nobody_new(world):
    first = rights.sign_in("anna", NOW)
    world.pbx.persons["anna"].name = "Anna Berg Lund"
    world.pbx.persons["anna"].memberships = [AtOneX("fabrikam", True)]
    again = rights.sign_in("anna", NOW)
    assert (again.pk, again.get_full_name(), companies(again)) == (first.pk, "Anna Berg Lund", ["fabrikam"])


@pytest.mark.parametrize("who", ["bertil", "nobody", "../customers/contoso", "", "anna/..", "ANNA"])
def test_who_administers_nothing_or_is_unknown_has_no_rights(world, who):
    with pytest.raises(rights.NoRightsError):
        rights.sign_in(who, NOW)
    assert (Membership.objects.count(), User.objects.count()) == (0, 0)


def test_who_is_gone_from_one_x_loses_every_company(world):
    rights.sign_in("anna", NOW)
    del world.pbx.persons["anna"]
    with pytest.raises(rights.NoRightsError):
        rights.sign_in("anna", NOW)
    assert Membership.objects.count() == 0


def test_where_one_x_is_away_nothing_changes(world):
    user = rights.sign_in("anna", NOW)
    world.faults.add("onex", status=503, times=None)
    with pytest.raises(TryLater):
        rights.sign_in("anna", NOW)
    assert companies(user) == ["contoso"]


@pytest.mark.parametrize(
    "memberships",
    [
        None,
        {},
        "all",
        [None],
        [{"administrator": "yes", "customer": {"id": "contoso", "name": "C"}}],
        [{"administrator": True, "customer": {"id": "", "name": "C"}}],
        [{"administrator": True, "customer": {"id": ["contoso"], "name": "C"}}],
        [{"administrator": True}],
    ],
)
def test_an_answer_of_another_shape_gives_and_takes_no_rights(world, monkeypatch, memberships):
    user = rights.sign_in("anna", NOW)
    monkeypatch.setattr("mss.onex.client.OneX.person", lambda *_: {"memberships": memberships})
    with pytest.raises(TryLater):
        rights.sign_in("anna", NOW)
    assert companies(user) == ["contoso"]


def test_text_no_database_takes_and_text_too_long_are_cut_to_fit(world, monkeypatch):
    customer = {"id": "contoso", "name": "C\0" + "x" * 300, "time_zone": "z" * 99}
    memberships = [{"administrator": True, "customer": customer}]
    answer = {"memberships": memberships, "name": "A\0" + "a" * 400, "email": 7, "language": "tlh"}
    monkeypatch.setattr("mss.onex.client.OneX.person", lambda *_: answer)
    user = rights.sign_in("anna", NOW)
    assert (len(user.last_name), user.email, user.language) == (150, "", "sv")
    assert len(Company.objects.get().name) == 200


def test_rights_are_due_again_after_a_quarter_of_an_hour(world):
    user = rights.sign_in("anna", NOW)
    assert not rights.due(user, NOW + timedelta(minutes=14, seconds=59))
    assert rights.due(user, NOW + timedelta(minutes=15))
    assert rights.due(User(rights_at=None), NOW)
