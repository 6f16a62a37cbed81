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
# With pytest's workers the name of Django's own SQLite means this; ours has to say it.
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405
else:
    # Where the library was loaded already, the tests' databases are copies of that one (tests/on_postgres.py).
    DATABASES["default"]["TEST"] = {"TEMPLATE": env.str("TEST_TEMPLATE", default="")}  # noqa: F405
