"""The WSGI application, for gunicorn and others."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coding_edu.settings")

application = get_wsgi_application()
# A server started by gunicorn skips manage.py and with it the system checks.
call_command("check", "--fail-level", "ERROR", verbosity=0)
