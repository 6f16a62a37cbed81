"""Practising."""

from django.urls import path

from quizzes.views import builder, exams, notebook, progress, question, review, sets, settings, today, try_it

urlpatterns = [
    path("", today.home, name="home"),
    path("review/", review.review, name="review"),
    path("review/start/", review.review_start, name="review_start"),
    path("practice/", builder.practice, name="practice"),
    path("practice/start/", builder.practice_start, name="practice_start"),
    path("practice/rules/", builder.practise_rules, name="practise_rules"),
    path("practice/mixed/", builder.practise_mixed, name="practise_mixed"),
    path("practice/repair/", builder.repair, name="repair"),
    path("try/", try_it.try_it, name="try_it"),
    path("codes/<str:number>/practise/", sets.practise, name="practise"),
    path("practice/<uuid:attempt>/", sets.attempt_summary, name="attempt_summary"),
    path("practice/<uuid:attempt>/finish/", exams.finish, name="finish"),
    path("practice/<uuid:attempt>/<int:position>/", question.question, name="question"),
    path("practice/<uuid:attempt>/<int:position>/draft/", question.draft, name="draft"),
    path("practice/<uuid:attempt>/<int:position>/variant/", builder.variant, name="variant"),
    path("exams/<int:pk>/", exams.exam, name="exam"),
    path("exams/<int:pk>/start/", exams.exam_start, name="exam_start"),
    path("practice/<uuid:attempt>/<int:position>/report/", notebook.report, name="report"),
    path("notebook/", notebook.notebook, name="notebook"),
    path("notebook/add/", notebook.note_add, name="note_add"),
    path("notebook/<int:pk>/", notebook.note, name="note"),
    path("notebook/<int:pk>/remove/", notebook.note_remove, name="note_remove"),
    path("mistakes/", progress.mistakes, name="mistakes"),
    path("progress/", progress.progress, name="progress"),
    path("settings/", settings.settings, name="settings"),
]
