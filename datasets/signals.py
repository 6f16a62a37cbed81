"""What others may want to do when a release comes or goes, in the very transaction."""

from django.dispatch import Signal

#: Sent with ``release`` and ``by``, whoever did it as they were given to the verb.
release_loaded = Signal()
#: The same, while the release is still there.
release_removed = Signal()
