"""The site's settings as in production, with static files served as they lie, so that none need be collected."""

from coding_edu.settings import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = ["tests.faults.dying.before_the_reply", *MIDDLEWARE]  # noqa: F405
