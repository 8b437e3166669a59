from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarsyncConfig(AppConfig):
    name = "calendarsync"
    verbose_name = _("Calendar sync")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from mss import checks  # noqa: F401 (registers the system checks)

        from .models import Provider, SyncRule

        # Settings and rules only: bookings would bury them and keep personal data past its end (libraries.md).
        auditlog.register(Provider, include_fields=Provider.SETTINGS)
        auditlog.register(SyncRule)
