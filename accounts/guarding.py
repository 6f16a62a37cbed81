"""Triggers by which the database itself keeps audit entries as they were written.

The ORM refuses to change or delete them already; these refuse it to whoever writes SQL. One change is let through:
a reason may become "erased", because the law gives people a right that courses.privacy.erasing has to honour.
Emptying a whole table (TRUNCATE, DROP) is no row's change; whoever may do that owns the database.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "accounts_auditentry"
SAYS = "audit entries are kept as they were written"
ERASED = "erased"
_KEPT = ("id", "at", "who_id", "verb", "subject", "team", "before", "after")
#: JSON of PostgreSQL has no equality of its own; as text it has.
_SAME = {
    "sqlite": " AND ".join(f'NEW."{one}" IS OLD."{one}"' for one in _KEPT),
    "postgresql": " AND ".join(f'NEW."{one}"::text IS NOT DISTINCT FROM OLD."{one}"::text' for one in _KEPT),
}
_MAKE = {
    "sqlite": (
        f"CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON {TABLE} "
        f"WHEN NOT ({_SAME['sqlite']} AND NEW.why = '{ERASED}') BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
        f"CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
    ),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' AND {_SAME['postgresql']} AND NEW.why = '{ERASED}' THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        # By which pages find what was changed on them, whatever the language of the database.
        f"CREATE INDEX IF NOT EXISTS audit_subject_like ON {TABLE} (subject text_pattern_ops, id DESC)",
    ),
}
_DROP = {
    "sqlite": ("DROP TRIGGER IF EXISTS audit_no_update", "DROP TRIGGER IF EXISTS audit_no_delete"),
    "postgresql": (
        f"DROP TRIGGER IF EXISTS audit_no_update ON {TABLE}",
        f"DROP TRIGGER IF EXISTS audit_no_delete ON {TABLE}",
        "DROP FUNCTION IF EXISTS audit_refuse()",
        "DROP INDEX IF EXISTS audit_subject_like",
    ),
}


def making(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The statements that put the triggers there."""
    return _MAKE.get(connection.vendor, ())


def dropping(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The statements that take them away."""
    return _DROP.get(connection.vendor, ())


def guard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers there, in a migration."""
    for statement in (*dropping(schema_editor.connection), *making(schema_editor.connection)):
        schema_editor.execute(statement, None)


def leave(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take them away again, in a migration."""
    for statement in dropping(schema_editor.connection):
        schema_editor.execute(statement, None)
