"""Everything this service answers to (design 9)."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from accounts.telenor_id import views as telenor_id
from calendarsync.views import notifications
from mss import health

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("calendarsync.urls")),
    path("accounts/oidc/telenor-id/login/callback/", telenor_id.callback, name="telenor_id_callback"),
    path("sprak/", set_language, name="set_language"),
    path("accounts/", include("accounts.staff_urls")),
    path("admin/", admin.site.urls),
    path("MSS/services/GraphNotificationService", notifications.graph, name="graph-notifications"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
