"""Where everything stands."""

from django.contrib import admin
from django.urls import include, path

from coding_edu import views

urlpatterns = [
    # First what is asked at every key that somebody presses in a search.
    path("", include("codes.urls")),
    path("", include("editorial.urls")),
    path("", include("courses.urls")),
    path("", include("quizzes.urls")),
    path("theme/", views.set_theme, name="set_theme"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "coding_edu.views.fault"
