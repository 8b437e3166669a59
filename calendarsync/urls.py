"""The portal's pages (design 9): paths in the administrators' language, names in ours."""

from django.urls import path
from django.views.generic import RedirectView

from .views import (
    brake,
    bulk,
    changelog,
    checkup,
    dashboard,
    lists,
    person,
    providers,
    rules,
    settings,
    trial,
    users,
)

app_name = "calendarsync"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="calendarsync:provider-list"), name="home"),
    path("kalendersynk/", providers.provider_list, name="provider-list"),
    path("kalendersynk/ny/", providers.provider_add, name="provider-add"),
    path("kalendersynk/<int:pk>/ta-bort/", providers.provider_remove, name="provider-remove"),
    path("kalendersynk/<int:pk>/installningar/", settings.provider_settings, name="provider-settings"),
    path("kalendersynk/<int:pk>/synkregler/", rules.provider_rules, name="provider-rules"),
    path("kalendersynk/<int:pk>/paus/", brake.provider_brake, name="provider-brake"),
    path("kalendersynk/<int:pk>/halsa/", checkup.provider_health, name="provider-health"),
    path("kalendersynk/<int:pk>/logg/", changelog.provider_log, name="provider-log"),
    path("kalendersynk/<int:pk>/anvandare/", users.user_list, name="user-list"),
    path("kalendersynk/<int:pk>/anvandare/lagg-till/", users.user_add, name="user-add"),
    path("kalendersynk/<int:pk>/anvandare/importera/", lists.user_import, name="user-import"),
    path("kalendersynk/<int:pk>/anvandare/exportera/", lists.user_export, name="user-export"),
    path("kalendersynk/<int:pk>/anvandare/flera/", bulk.user_bulk, name="user-bulk"),
    path("kalendersynk/<int:pk>/anvandare/<int:user_pk>/", person.user_detail, name="user-detail"),
    path("kalendersynk/<int:pk>/anvandare/<int:user_pk>/synka/", trial.user_trial, name="user-trial"),
    path("kalendersynk/<int:pk>/anvandare/<int:user_pk>/aktiv/", users.user_active, name="user-active"),
    path("kalendersynk/<int:pk>/anvandare/<int:user_pk>/ta-bort/", users.user_remove, name="user-remove"),
    path("instrumentpanel/", dashboard.dashboard, name="dashboard"),
]
