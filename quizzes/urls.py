"""Practising."""

from django.urls import path

from quizzes import views

urlpatterns = [
    path("", views.home, name="home"),
    path("practice/", views.practice_index, name="practice"),
    path("try/", views.try_it, name="try_it"),
    path("codes/<str:number>/practise/", views.practise, name="practise"),
    path("practice/<uuid:attempt>/", views.attempt_summary, name="attempt_summary"),
    path("practice/<uuid:attempt>/<int:position>/", views.question, name="question"),
]
