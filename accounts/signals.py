"""What this app's people mean to the apps above it."""

from django.dispatch import Signal

#: Sent with ``person`` inside the transaction that erases somebody: what only they could need goes.
person_erased = Signal()
