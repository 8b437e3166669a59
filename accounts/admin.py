"""Django's admin, for Telenor staff alone: companies, accounts, and what was done.

Companies and portal people are One X's to change; what the other apps would register and nobody needs is taken out.
"""

from typing import Any
from urllib.parse import urlencode

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401 (these register what is taken out below)
import auditlog.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from auditlog.models import LogEntry
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from . import sessions
from .entrance import own_path
from .models import Company, User
from .staff import is_staff

# Words of django-auditlog, which has no Swedish of its own.
THEIRS = [
    gettext_noop("Audit log"),
    gettext_noop("log entry"),
    gettext_noop("log entries"),
    gettext_noop("create"),
    gettext_noop("update"),
    gettext_noop("delete"),
    gettext_noop("access"),
    gettext_noop("action"),
    gettext_noop("timestamp"),
    gettext_noop("object representation"),
    gettext_noop("object pk"),
    gettext_noop("additional data"),
    gettext_noop("Created {repr:s}"),
    gettext_noop("Updated {repr:s}"),
    gettext_noop("Deleted {repr:s}"),
    gettext_noop("Logged {repr:s}"),
]


def login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Instead of the admin's own sign-in, which knows neither a second factor nor a limit of attempts."""
    to = own_path(request.GET.get("next") or reverse("admin:index"))
    if is_staff(request.user):
        return redirect(to)
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{reverse('account_login')}?{urlencode({'next': to})}")


admin.site.site_header = admin.site.site_title = "Microsoft Sync – Telenor"
admin.site.index_title = _("Support and delivery")
admin.site.enable_nav_sidebar = False  # the lists need the width
admin.site.site_url = None  # the portal is for administrators of companies
admin.site.login = login  # type: ignore[method-assign]
admin.site.has_permission = lambda request: is_staff(request.user)  # type: ignore[method-assign]
admin.site.unregister([EmailAddress, SocialApp, SocialToken, SocialAccount, Authenticator, Group, LogEntry])


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is looked at and never changed here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Company)
class CompanyAdmin(ReadOnly):
    list_display = ["name", "organisation_number", "instances", "people"]
    search_fields = [
        "name",
        "organisation_number",
        "customer",
        "providers__tenant",
        "synced_users__email",
        "memberships__user__email",
    ]
    ordering = ["name"]
    fields = ["name", "customer", "organisation_number", "time_zone", "extensions_at", "administrators"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        counted: QuerySet[Company] = Company.objects.annotate(
            instances=_count_of("providers"), people=_count_of("synced_users")
        )
        return counted

    @admin.display(description=_("instances"), ordering="instances")
    def instances(self, company: Any) -> SafeString:
        return _listed("admin:calendarsync_provider_changelist", company, company.instances)

    @admin.display(description=_("users"), ordering="people")
    def people(self, company: Any) -> SafeString:
        return _listed("admin:calendarsync_synceduser_changelist", company, company.people)

    @admin.display(description=_("administrators"))
    def administrators(self, company: Company) -> str:
        people = User.objects.filter(memberships__company=company).order_by("last_name")
        return ", ".join(f"{person.get_full_name()} ({person.email})" for person in people) or "–"


def _count_of(relation: str) -> Subquery:
    """How many rows of `relation` each company has, without those being removed; in the list's one query."""
    standing = Count(relation, filter=~Q(**{f"{relation}__state": "removing"}))
    return Subquery(Company.objects.filter(pk=OuterRef("pk")).annotate(count=standing).values("count"))


def _listed(name: str, company: Company, count: int) -> SafeString:
    return format_html('<a href="{}?company__id__exact={}">{}</a>', reverse(name), company.pk, count)


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Staff are made and changed here; whoever comes through Telenor ID is only shown. Nobody is deleted: an account
    that is not active signs in nowhere, and what it did keeps its name."""

    add_form = UserCreationForm
    add_fieldsets = ((None, {"fields": ["username", "password1", "password2"]}),)
    list_display = ["username", "full_name", "email", "is_staff", "is_active", "second_factor", "last_login"]
    list_filter = ["is_staff", "is_active", "is_superuser"]
    search_fields = ["username", "first_name", "last_name", "email"]
    filter_horizontal = ["user_permissions"]
    actions = ["remove_second_factor"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        return User.objects.annotate(has_factor=Exists(factor))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        if obj.telenor_id is not None:
            known = ["last_name", "email", "telenor_id", "language", "administers", "rights_at", "last_login"]
            return [(None, {"fields": known})]
        may = ["is_active", "is_staff", "is_superuser", "user_permissions"]
        return [
            (None, {"fields": ["username", *(["password"] if _is_superuser(request) else [])]}),
            (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
            (_("Permissions"), {"fields": may}),
            (_("Important dates"), {"fields": ["last_login", "date_joined", "second_factor"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Whoever may change accounts must not make themselves more than they are."""
        shown = ["last_login", "date_joined", "second_factor", "administers"]
        return shown if _is_superuser(request) else [*shown, "is_staff", "is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj and (obj.telenor_id is not None or (obj.is_superuser and not _is_superuser(request))):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only the permissions for what this admin has."""
        if db_field.name == "user_permissions":
            ours = Permission.objects.filter(
                content_type__app_label__in=["accounts", "calendarsync", "auditlog"]
            )
            kwargs["queryset"] = ours.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not _is_superuser(request):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("second factor"), boolean=True)
    def second_factor(self, user: Any) -> bool:
        return bool(user.has_factor)

    @admin.display(description=_("companies"))
    def administers(self, user: User) -> str:
        return ", ".join(company.name for company in user.companies.order_by("name")) or "–"

    @admin.action(description=_("Remove the second factor"), permissions=["superuser"])
    def remove_second_factor(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        """For who has lost their phone: at the next sign-in they set up a new one."""
        those = list(accounts.filter(telenor_id=None, authenticator__isnull=False).distinct())
        Authenticator.objects.filter(user__in=those).delete()
        sessions.end(those)  # whoever has the telephone may have a session too
        for account in those:
            changes = {"second factor": ["set up", "removed"]}
            LogEntry.objects.log_create(
                account, force_log=True, action=LogEntry.Action.UPDATE, changes=changes
            )
            self.log_change(request, account, "second factor removed")
        told = ngettext(
            "The second factor of %(count)d account is removed.",
            "The second factor of %(count)d accounts is removed.",
            len(those),
        )
        self.message_user(request, told % {"count": len(those)}, messages.SUCCESS)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


@admin.register(LogEntry)
class AuditAdmin(ReadOnly):
    """Who changed what, and who looked. Entries outlive the people they are about, and hold none of their data; of
    whoever acted they keep the address."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A filter in the address tells as much as a column."""
        shown = ("action", "content_type", "timestamp")
        return lookup.split("__")[0] in shown and super().lookup_allowed(lookup, value, request)

    list_display = ["timestamp", "who", "content_type", "object_repr", "action"]
    list_filter = ["action", ("content_type", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["actor", "content_type"]
    search_fields = ["object_repr", "actor__username"]
    date_hierarchy = "timestamp"
    fields = [
        "timestamp",
        "who",
        "content_type",
        "object_repr",
        "object_pk",
        "action",
        "changed",
        "additional_data",
    ]

    @admin.display(description=_("who"), ordering="actor")
    def who(self, entry: LogEntry) -> str:
        return str(entry.actor) if entry.actor else str(_("the service"))

    @admin.display(description=_("changes"))
    def changed(self, entry: LogEntry) -> SafeString:
        rows = [(name, old, new) for name, (old, new) in entry.changes_display_dict.items()]
        return format_html_join("", "<div>{}: {} → {}</div>", rows)
