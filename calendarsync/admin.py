"""Django's admin of Kalendersynk, for Telenor staff: instances, their users, and what was pushed to One X.

The title of a booking is on no page here. Whatever is changed goes the way of the portal (`changes.py`), and whatever
is removed the way out (`erase.py`): cleared at One X first, then erased.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import changes, erase, health, labels, providers
from .core.booking import CallForwarding, ShowAs
from .core.ports import PortError
from .core.rules import DefaultRule
from .models import Provider, Subscription, SyncedBooking, SyncedUser, SyncRule

STALE = _("Somebody else has just changed this. Look at it again.")


def _counted(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many of `rows` each row of the list has, in the list's one query."""
    counts = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(count=Count("pk"))
    return Coalesce(Subquery(counts.values("count")), 0)


class Shown(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is made elsewhere: by the portal, the commands, or the engine."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A filter in the address tells as much as a column: only of what is shown anyway."""
        names = (
            each if isinstance(each, str) else each[0] for each in (*(self.fields or ()), *self.list_filter)
        )
        return lookup.split("__")[0] in names and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("trouble"), ordering="trouble")
    def wrong(self, row: Any) -> str:
        """For a column: what has happened. What mends it is on the row's page."""
        return str(health.EXPLAINED.get(row.trouble, [row.trouble or "–"])[0])

    @admin.display(description=_("trouble"))
    def what_is_wrong(self, row: Any) -> str:
        return health.explained(row.trouble) if row.trouble else "–"

    @admin.display(description=_("connect calls to"))
    def calls(self, row: Any) -> str:
        return str(labels.FORWARDING.get(row.forwarding, row.forwarding))


class ReadOnly(Shown):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of *Synkregler*, with the reasons that the company's One X has. `codes` empty: it has never answered."""

    codes: frozenset[str] = frozenset()
    forwarding = forms.ChoiceField(label=_("connect calls to"), choices=list(labels.FORWARDING.items()))

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        if "reason" in self.changed_data and reason not in self.codes:
            known = ", ".join(sorted(self.codes)) or "–"
            raise forms.ValidationError(_("One X has these reasons: %(known)s.") % {"known": known})
        return reason


class RuleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = SyncRule
    form = RuleForm
    fields = ["shown_as", "update", "reason", "forwarding"]
    readonly_fields = ["shown_as"]
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Provider | None = None, **kwargs: Any) -> Any:
        codes = _codes(obj) if obj and self.has_change_permission(request, obj) else frozenset()
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.codes = codes
        if "reason" in formset.form.base_fields:
            formset.form.base_fields["reason"].help_text = ", ".join(sorted(codes))
        return formset

    @admin.display(description=_("Outlook 'Show as'"))
    def shown_as(self, rule: SyncRule) -> str:
        return str(labels.SHOW_AS.get(rule.show_as, rule.show_as))


def _codes(provider: Provider) -> frozenset[str]:
    try:
        reasons = providers.reasons(provider.company)
    except PortError:
        reasons = providers.kept_reasons(provider.company)
    return frozenset(reason.code for reason in reasons)


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        others = Provider.objects.filter(
            company=self.instance.company_id, state=Provider.State.READY, name=name
        )
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("The name is used already."))
        return name


@admin.register(Provider)
class ProviderAdmin(Shown):
    """Company, type and tenant are settled when an instance is made: in the portal or by `addprovider`."""

    EDITED = ["name", "active", "days_ahead", "plugin_enabled", "all_private", "may_change_defaults"]

    form = ProviderForm
    list_display = ["name", "company", "kind", "active", "state", "wrong", "people"]
    list_filter = ["kind", "active", "state", ("trouble", admin.EmptyFieldListFilter)]
    list_select_related = ["company"]
    search_fields = ["name", "company__name", "company__organisation_number", "tenant", "users__email"]
    ordering = ["company__name", "name"]
    readonly_fields = [
        "company",
        "kind",
        "tenant",
        "state",
        "what_is_wrong",
        "trouble_since",
        "braked_at",
        "created_at",
        "reasons",
    ]
    fields = ["company", "kind", "tenant", *EDITED, *readonly_fields[3:]]
    inlines = [RuleInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        return Provider.objects.annotate(people=_counted(SyncedUser.objects.listed(), "provider"))

    @admin.display(description=_("absence reasons in One X"))
    def reasons(self, provider: Provider) -> str:
        """The inline rules have asked for them just before."""
        kept = providers.kept_reasons(provider.company)
        return ", ".join(f"{reason.code} ({reason.label_sv})" for reason in kept) or "–"

    @admin.display(description=_("users"), ordering="people")
    def people(self, provider: Any) -> int:
        return int(provider.people)

    def has_change_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return _stays(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return _stays(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in self.EDITED}
        seen = providers.settings_version(Provider.objects.get(pk=obj.pk))
        try:
            changes.save_settings(obj, wanted, seen, timezone.now())
        except (changes.StaleError, changes.NameTakenError, Provider.DoesNotExist):
            self.message_user(request, STALE, messages.ERROR)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)  # what was changed, for the admin's own log
        wanted = {ShowAs(each.instance.show_as): _said(each.instance) for each in formset.forms}
        if not wanted:
            return
        provider = form.instance
        seen = providers.rules_version(providers.rules_of(Provider.objects.get(pk=provider.pk)))
        try:
            changes.save_rules(provider, wanted, seen, timezone.now())
        except (changes.StaleError, Provider.DoesNotExist):
            self.message_user(request, STALE, messages.ERROR)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the confirmation says. Django's own would name every booking, and refuse because of them."""
        users = SyncedUser.objects.listed().filter(provider__in=[each.pk for each in objs]).count()
        names = [f"{each.company}: {each}" for each in objs]
        counts = {Provider._meta.verbose_name_plural: len(names), SyncedUser._meta.verbose_name_plural: users}
        return [*names, _WITHDRAWN], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Provider) -> None:
        erase.remove_provider(obj, timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        with transaction.atomic():
            for provider in queryset.filter(state=Provider.State.READY).order_by("pk"):
                erase.remove_provider(provider, timezone.now())


_WITHDRAWN = _("What One X holds is withdrawn first; then all of it is erased.")


def _stays(row: Any) -> bool:
    return row is None or row.state != "removing"


def _said(rule: SyncRule) -> DefaultRule:
    return DefaultRule(rule.update, rule.reason, CallForwarding(rule.forwarding))


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_active(self) -> bool:
        active, user = bool(self.cleaned_data["active"]), self.instance
        others = SyncedUser.objects.listed().filter(
            company=user.company_id, extension=user.extension, active=True
        )
        if active and (driver := others.exclude(pk=user.pk).select_related("provider").first()):
            told = {"name": str(driver), "provider": str(driver.provider)}
            raise forms.ValidationError(
                _(
                    "%(name)s in %(provider)s follows the same One X subscription. Make that user inactive first."
                ),
                params=told,
            )
        return active


@admin.register(SyncedUser)
class SyncedUserAdmin(Shown):
    """Who is being removed is gone from here at once. The admin's log names people by number, and outlives them."""

    form = UserForm
    list_display = [
        "name",
        "company",
        "provider",
        "email",
        "active",
        "state",
        "wrong",
        "last_synced_at",
        "waiting",
    ]
    list_filter = ["active", "state", ("trouble", admin.EmptyFieldListFilter)]
    list_select_related = ["company", "provider"]
    search_fields = ["name", "email", "number", "extension", "company__name", "provider__name"]
    ordering = ["name", "pk"]
    readonly_fields = [
        "company",
        "provider",
        "name",
        "email",
        "number",
        "extension",
        "diversion",
        "state",
        "what_is_wrong",
        "trouble_since",
        "last_synced_at",
        "waiting",
    ]
    fields = ["active", *readonly_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncedUser]:
        waiting = _counted(SyncedBooking.objects.pending(), "synced_user")
        return SyncedUser.objects.listed().annotate(waiting=waiting)

    @admin.display(description=_("waiting for One X"), ordering="waiting")
    def waiting(self, user: Any) -> int:
        return int(user.waiting)

    def save_model(self, request: HttpRequest, obj: SyncedUser, form: Any, change: bool) -> None:
        try:
            changes.set_active(obj, obj.active, timezone.now())
        except (changes.DrivenError, Provider.DoesNotExist, SyncedUser.DoesNotExist):
            self.message_user(request, STALE, messages.ERROR)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        names = [f"{each} ({each.email})" for each in objs]
        return [*names, _WITHDRAWN], {SyncedUser._meta.verbose_name_plural: len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: SyncedUser) -> None:
        self.delete_queryset(request, SyncedUser.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SyncedUser]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        for provider in Provider.objects.filter(users__in=pks, state="ready").distinct().order_by("pk"):
            changes.remove_users(provider, provider.users.filter(pk__in=pks), timezone.now())

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return _log(request, [obj], CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return _log(request, queryset, DELETION, "")


def _log(request: HttpRequest, users: Iterable[SyncedUser], action: int, message: Any) -> list[LogEntry]:
    """Lines of the admin's log without a name or an address (robustness 7)."""
    kind = ContentType.objects.get_for_model(SyncedUser)
    said = "" if isinstance(message, str) else "active"
    lines = [
        LogEntry(
            user_id=int(request.user.pk or 0),
            content_type=kind,
            object_id=str(user.pk),
            object_repr=str(user.pk),
            action_flag=action,
            change_message=said,
        )
        for user in users
    ]
    return LogEntry.objects.bulk_create(lines)


@admin.register(SyncedBooking)
class SyncedBookingAdmin(ReadOnly):
    """What was pushed to One X, without the title."""

    list_display = [
        "synced_user",
        "starts_at",
        "ends_at",
        "reason",
        "calls",
        "withdrawn",
        "version",
        "delivered_version",
        "wrong",
    ]
    list_filter = ["withdrawn", "blocked", ("trouble", admin.EmptyFieldListFilter)]
    list_select_related = ["synced_user"]
    search_fields = ["key", "extension", "synced_user__email", "synced_user__name"]
    ordering = ["-starts_at", "pk"]
    fields = [
        "company",
        "synced_user",
        "extension",
        "key",
        "starts_at",
        "ends_at",
        "all_day",
        "reason",
        "calls",
        "returns_at",
        "withdrawn",
        "version",
        "delivered_version",
        "attempts",
        "next_attempt_at",
        "blocked",
        "what_is_wrong",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncedBooking]:
        return super().get_queryset(request).defer("title")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    """Notifications from Microsoft, without what proves them."""

    list_display = ["synced_user", "provider", "remote_id", "expires_at", "failures", "wrong"]
    list_filter = [("trouble", admin.EmptyFieldListFilter)]
    list_select_related = ["synced_user", "provider"]
    search_fields = ["remote_id", "synced_user__email", "provider__name"]
    ordering = ["expires_at", "pk"]
    fields = [
        "synced_user",
        "provider",
        "remote_id",
        "expires_at",
        "renew_at",
        "failures",
        "what_is_wrong",
        "created_at",
    ]
