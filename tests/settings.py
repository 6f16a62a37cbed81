"""The site's settings with the five things that tests change."""

from coding_edu.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# What is put into the queue is done at once; what a worker does with it is tested with the real one.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
# Nothing that tests load or clear away is where the site of this folder has its own.
DATASETS_DIR = str(BASE_DIR / "var" / "tests" / "datasets")  # noqa: F405
