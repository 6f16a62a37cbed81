"""The WSGI application, for gunicorn and others."""

import os

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coding_edu.settings")

application = get_wsgi_application()

# A server started by gunicorn skips manage.py, and with it the reasons not to start.
serious = [str(message) for message in run_checks(databases=[DEFAULT_DB_ALIAS]) if message.is_serious()]
if serious:
    raise ImproperlyConfigured("\n".join(serious))
# The processes that gunicorn makes of this one must not share its connection.
connections.close_all()
