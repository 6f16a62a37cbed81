"""The site's pages, and beside them the bare views that they are measured against."""

from django.urls import include, path

from benchmarks import views

urlpatterns = [
    path("bench/bare/", views.bare, name="bench_bare"),
    path("bench/cpu/", views.cpu, name="bench_cpu"),
    path("bench/memory/", views.memory, name="bench_memory"),
    path("bench/bytes/<int:size>/", views.same_bytes, name="bench_bytes"),
    path("bench/row/<int:item>/", views.row_in_row_out, name="bench_row"),
    path("", include("coding_edu.urls")),
]
