"""What this app tells those above it, which it must not import."""

from django.dispatch import Signal

#: Sent inside the publishing transaction with ``edition``: quizzes then renews its scenarios.
edition_published = Signal()
