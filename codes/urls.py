"""Reading."""

from django.urls import path

from codes import data_views, views

urlpatterns = [
    path("codes/", views.find_codes, name="find_codes"),
    path("codes/results/", views.find_results, name="find_results"),
    path("codes/suggestions/", views.suggestions, name="suggestions"),
    path("codes/<str:number>/", views.code_page, name="code_page"),
    path("codes/<str:number>/data/", data_views.code_data, name="code_data"),
    path("codes/<str:number>/data/summary/", data_views.code_data_summary, name="code_data_summary"),
    path("codes/<str:number>/data/edits.csv", data_views.code_data_edits, name="code_data_edits"),
    path("rules/", views.rule_kinds, name="rule_kinds"),
    path("rules/<str:kind>/", views.rule_kind, name="rule_kind"),
    path("articles/read/", views.upload_article, name="upload_article"),
]
