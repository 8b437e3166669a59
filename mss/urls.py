"""Everything this service answers to (design 9). Pages come with the portal."""

from django.urls import path

from calendarsync.views import notifications
from mss import health

urlpatterns = [
    path("MSS/services/GraphNotificationService", notifications.graph, name="graph-notifications"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
