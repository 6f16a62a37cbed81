"""Where educators work. Each part has its own list of addresses."""

from django.urls import URLPattern, path

from editorial.views import (
    autosave,
    checking,
    data,
    desk,
    disputes,
    examples,
    files,
    items,
    left_over,
    regrades,
    reviewing,
    rules,
    taking_up,
    trail,
    trying,
    words,
    writing,
)

# The desk, and writing a page -----------------------------------------------------------------
WRITING: list[URLPattern] = [
    path("write/", desk.desk, name="desk"),
    path("write/trail/", trail.trail, name="trail"),
    path("write/trail/file/", trail.trail_file, name="trail_file"),
    path("write/<str:number>/changes/", trail.page_trail, name="page_trail"),
    path("write/new/", writing.write_new, name="write_new"),
    path("write/<str:number>/part/<path:part>/", writing.write_part, name="write_part"),
    path("write/<str:number>/sections/<slug:slug>/move/", writing.section_move, name="section_move"),
    path("write/<str:number>/sections/<slug:slug>/remove/", writing.section_remove, name="section_remove"),
    path("write/<str:number>/autosave/", autosave.write_autosave, name="write_autosave"),
    path("write/<str:number>/kept/<path:part>/", left_over.kept_text, name="kept_text"),
]

# Rules, examples, trying a draft --------------------------------------------------------------
TRYING: list[URLPattern] = [
    path("write/words/", words.words_list, name="words"),
    path("write/words/new/", words.word_new, name="word_new"),
    path("write/words/<int:word>/", words.word, name="word"),
    path("write/<str:number>/rules/", rules.write_rules, name="write_rules"),
    path("write/<str:number>/rules/<slug:slug>/", rules.write_rule, name="write_rule"),
    path("write/<str:number>/rules/new/<slug:kind>/", rules.write_rule_new, name="write_rule_new"),
    path("write/<str:number>/examples/", examples.write_examples, name="write_examples"),
    path("write/<str:number>/examples/<slug:slug>/", examples.write_example, name="write_example"),
    path("write/<str:number>/new-example/", examples.write_example_new, name="write_example_new"),
    path("write/<str:number>/try/", trying.try_draft, name="try_draft"),
    path("write/<str:number>/try/page/", trying.try_page, name="try_page"),
    path("write/<str:number>/try/<slug:slug>/questions/", trying.try_questions, name="try_questions"),
    path("write/<str:number>/try/<slug:slug>/question/", trying.try_question, name="try_question"),
    path("write/<str:number>/run/", trying.run_draft, name="run_draft"),
]

# Check, review, publish -----------------------------------------------------------------------
REVIEWING: list[URLPattern] = [
    path("write/problems/", checking.problems, name="problems"),
    path("write/<str:number>/check/", checking.check_page, name="check_page"),
    path("write/<str:number>/attest/", checking.attest, name="attest"),
    path("write/reviews/", reviewing.reviews, name="reviews"),
    path("write/reviews/<int:pk>/", reviewing.revision, name="revision"),
    path("write/coming/", reviewing.coming, name="coming"),
    path("write/from-files/", taking_up.from_files, name="from_files"),
    path("write/<str:number>/from-files/", taking_up.take_up, name="take_up"),
    path("write/<str:number>/review/", reviewing.review_page, name="review_page"),
    path("write/<str:number>/editions/", reviewing.compare_editions, name="compare_editions"),
]

# What learners say, and what their answers say ------------------------------------------------
ANSWERS: list[URLPattern] = [
    path("write/reports/", disputes.disputes, name="disputes"),
    path("write/reports/<int:pk>/", disputes.dispute, name="dispute"),
    path("write/regrades/<int:pk>/", regrades.regrade, name="regrade"),
    path("write/items/", items.items, name="items"),
    path("write/items/<int:pk>/", items.item, name="item"),
    path("write/<str:number>/regrade/", regrades.regrade_new, name="regrade_new"),
    path("write/<str:number>/items/", items.page_items, name="page_items"),
]

# Files in and out -----------------------------------------------------------------------------
FILES: list[URLPattern] = [
    path("write/files/", files.files, name="files"),
    path("write/files/export/", files.files_export, name="files_export"),
    path("write/files/progress/<str:digest>/", files.files_progress, name="files_progress"),
    path("write/<str:number>/export/<str:format>/", files.page_export, name="page_export"),
]

# Public files ---------------------------------------------------------------------------------
DATA: list[URLPattern] = [
    path("write/data/", data.data, name="data"),
    path("write/data/loads/<str:key>/", data.data_load, name="data_load"),
    path("write/data/<int:pk>/remove/", data.data_remove, name="data_remove"),
]

# Whatever else stands directly under /write/ is no number of a page.
PAGE = path("write/<str:number>/", writing.write_page, name="write_page")

urlpatterns = [*WRITING, *TRYING, *REVIEWING, *ANSWERS, *FILES, *DATA, PAGE]
