"""What Telenor staff see in Django's admin, and what nobody sees there."""

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.functional import Promise

from accounts.models import Company, User
from calendarsync import engine
from calendarsync.models import Provider, Subscription, SyncedBooking, SyncedUser

from .desk import address, remove, remove_in_list, superuser, verified
from .factories import add_provider

SECRET_TITLE = "KANARIE Uppsägning"
MODELS = [Company, User, LogEntry, Provider, SyncedUser, SyncedBooking, Subscription]


@pytest.fixture
def sven(db, settings):
    return superuser(settings)


@pytest.fixture
def staff(office, sven):
    return verified(sven)


# What is there, and what is not


def test_the_admin_has_what_staff_need_and_nothing_of_the_libraries():
    ours = set(admin.site._registry)
    assert ours == set(MODELS)


def test_the_index_is_swedish_and_names_the_service(staff):
    page = staff.get("/admin/").content.decode()
    assert "Microsoft Sync – Telenor" in page
    assert 'lang="sv"' in page


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_a_list_can_be_shown_searched_and_filtered(staff, office, meeting, model):
    found = admin.site._registry[model].list_filter
    assert staff.get(address(model)).status_code == 200
    assert staff.get(address(model), {"q": "anna"}).status_code == 200
    for each in found:
        name = each[0] if isinstance(each, tuple) else each
        lookup = "isempty" if name == "trouble" else "exact"
        assert staff.get(address(model), {f"{name}__{lookup}": "1"}).status_code in (200, 302)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_a_row_can_be_opened(staff, meeting, model):
    assert staff.get(address(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize("model", [m for m in MODELS if m is not User], ids=lambda m: m.__name__)
def test_nothing_but_staff_is_added_here(staff, model):
    assert staff.get(f"{address(model)}add/").status_code == 403


@pytest.mark.parametrize(
    "model", [Company, User, LogEntry, SyncedBooking, Subscription], ids=lambda m: m.__name__
)
def test_what_the_service_or_one_x_keeps_cannot_be_deleted_here(staff, meeting, model):
    row = model.objects.first()
    assert staff.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    remove_in_list(staff, row)
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [Company, LogEntry, SyncedBooking, Subscription], ids=lambda m: m.__name__)
def test_nor_changed(staff, meeting, model):
    assert staff.post(address(model, "change", model.objects.first().pk), {}).status_code == 403


def test_a_title_is_on_no_page(staff, office):
    office.book("10:00", "11:00", subject=SECRET_TITLE)
    office.sync()
    assert SyncedBooking.objects.get().title == SECRET_TITLE
    booking, user = SyncedBooking.objects.get(), SyncedUser.objects.get(extension="anna")
    paths = [address(m) for m in MODELS]
    paths += [address(SyncedBooking, page, booking.pk) for page in ("change", "history")]
    paths += [address(SyncedUser, page, user.pk) for page in ("change", "delete", "history")]
    paths += [address(Provider, page, office.provider.pk) for page in ("change", "delete")]
    assert [path for path in paths if SECRET_TITLE in staff.get(path).content.decode()] == []


def test_a_title_cannot_be_searched_for(staff, office):
    office.book("10:00", "11:00", subject=SECRET_TITLE)
    office.sync()
    assert staff.get(address(SyncedBooking), {"q": "KANARIE"}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    "lookup", ["title__startswith", "payload_hash__startswith", "synced_user__bookings__title__startswith"]
)
def test_nor_filtered_by(staff, office, lookup):
    office.book("10:00", "11:00", subject=SECRET_TITLE)
    office.sync()
    assert staff.get(address(SyncedBooking), {lookup: "KANARIE"}).status_code in (302, 400)


def test_what_proves_a_notification_is_no_filter(staff, office):
    assert staff.get(address(Subscription), {"secret_hash__startswith": "a"}).status_code == 400


def test_what_proves_a_notification_is_on_no_page(staff, office):
    one = Subscription.objects.first()
    page = staff.get(address(Subscription, "change", one.pk)).content.decode()
    assert one.remote_id in page
    assert one.secret_hash not in page


@pytest.mark.parametrize(
    "model", [Company, Provider, SyncedUser, SyncedBooking, Subscription, User, LogEntry]
)
def test_a_list_of_three_costs_no_more_queries_than_one(staff, office, world, tmp_path, model):
    office.book("10:00", "11:00")
    office.sync()

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = staff.get(address(model), {"o": "-1"})
        assert page.status_code == 200
        return page.context["cl"].result_count, len(asked)

    before = queries()
    more_of(office, world, tmp_path)
    after = queries()
    assert after[0] >= before[0] + 2
    assert after[1] <= before[1]


def more_of(office, world, tmp_path):
    """Two more of everything."""
    for number in (1, 2):
        add_provider(world, tmp_path, name=f"Kontor {number}")
        company = Company.objects.create(customer=f"c{number}", name=f"Bolag {number}")
        user = SyncedUser.objects.create(
            company=company, provider=office.provider, email=f"{number}@c.test", extension=f"{number}"
        )
        User.objects.create_user(f"person{number}", is_staff=True)
        Subscription.objects.create(provider=office.provider, synced_user=user, secret_hash="x")
        office.book("13:00", "14:00", day=number)
    office.sync()
    SyncedUser.objects.all().wish()
    engine.run()


# Companies


def test_a_company_is_found_by_name_number_tenant_and_a_users_address(staff, office):
    Company.objects.create(customer="other", name="Annat AB", organisation_number="999")
    for asked in ("contoso ab", "556000-0001", office.provider.tenant, "bertil@contoso"):
        found = staff.get(address(Company), {"q": asked}).context["cl"].result_list
        assert [each.name for each in found] == ["Contoso AB"]


def test_a_company_shows_how_many_instances_and_users_it_has(staff, office):
    row = staff.get(address(Company)).context["cl"].result_list.get(customer="contoso")
    assert (row.instances, row.people) == (1, 2)
    remove(staff, office.user("bertil"))
    row = staff.get(address(Company)).context["cl"].result_list.get(customer="contoso")
    assert (row.instances, row.people) == (1, 1)


# Words


def test_every_row_and_column_of_our_models_has_a_name_that_can_be_translated():
    ours = {model: made for model, made in admin.site._registry.items() if model is not LogEntry}
    untold = [
        f"{model.__name__}.{field.name}"
        for model, made in ours.items()
        for field in model._meta.get_fields()
        if field.name in {*made.list_display, *(made.fields or ())}
        and not isinstance(field.verbose_name, Promise)
    ]
    assert untold == []
    assert all(isinstance(model._meta.verbose_name_plural, Promise) for model in ours)
