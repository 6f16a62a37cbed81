"""Where everything stands."""

from django.contrib import admin
from django.urls import include, path

from coding_edu import health, views

urlpatterns = [
    # Addresses are tried in this order; what is read most often comes first.
    path("", include("codes.urls")),
    path("", include("quizzes.urls")),
    path("", include("courses.urls")),
    path("", include("editorial.urls")),
    *(path(address.removeprefix("/"), view, name=address.removeprefix("/")) for address, view in health.PROBES.items()),
    path("theme/", views.set_theme, name="set_theme"),
    path("kept/", views.kept_form, name="kept_form"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "coding_edu.views.fault"
