"""Reading."""

from django.urls import path

from codes import views

urlpatterns = [
    path("codes/", views.find_codes, name="find_codes"),
    path("codes/results/", views.find_results, name="find_results"),
    path("codes/suggestions/", views.suggestions, name="suggestions"),
    path("codes/<str:number>/", views.code_page, name="code_page"),
    path("rules/", views.rule_kinds, name="rule_kinds"),
    path("rules/<str:kind>/", views.rule_kind, name="rule_kind"),
    path("articles/read/", views.upload_article, name="upload_article"),
]
