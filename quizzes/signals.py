"""What this app tells those above it, which it must not import."""

from django.dispatch import Signal

#: Sent in the transaction that stores it, with ``person_id`` and ``attempt_id``: a set was begun, answered in or ended.
#: ``attempt_id`` is None where anything of the person's may have changed, as when gradings are derived again.
progressed = Signal()

#: Sent in the transaction that stores it, once, with ``breaks``: person -> how much more often their answers broke what
#: rules (``quizzes.tallies.Breaks``), or less often, where gradings were derived again.
broken = Signal()
