"""Let the database itself refuse to change or delete audit entries.

SQLite changes a table by making a new one in its place, and a table that goes takes its triggers along. So a later
migration that alters ``AuditEntry`` (a field added, an index does not count) has to end with
``migrations.RunPython(guard, leave)`` again; tests/accounts/test_guarding.py fails where that was forgotten.
"""

from django.db import migrations

from accounts.guarding import guard, leave


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_editing")]

    operations = [migrations.RunPython(guard, leave)]
