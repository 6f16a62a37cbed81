"""The site's settings as they are in production, on a database of its own in a temporary folder.

``benchmarks.server.environment`` says which; without it this module refuses to load, so
that nobody measures on the site's own database by accident.
"""

import os
from pathlib import Path

from coding_edu.settings import *  # noqa: F403

BENCH_FOLDER = Path(os.environ["BENCH_FOLDER"])
STATIC_ROOT = BENCH_FOLDER / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ROOT_URLCONF = "benchmarks.urls"

# The browser of the verdict benchmark needs the scripts; they are found where they lie.
WHITENOISE_USE_FINDERS = True
