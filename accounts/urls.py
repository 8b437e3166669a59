from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("logga-in/", views.login, name="login"),
    path("logga-in/avbruten/", views.cancelled, name="cancelled"),
    path("logga-in/misslyckades/", views.failed, name="failed"),
    path("logga-in/saknar-behorighet/", views.no_rights, name="no-rights"),
    path("logga-in/one-x-svarar-inte/", views.onex_away, name="onex-away"),
    path("logga-ut/", views.sign_out, name="logout"),
    path("utloggad/", views.signed_out, name="signed-out"),
    path("foretag/", views.companies, name="companies"),
]
