"""The search over all loaded code sets: an index built aside, as releases are, and what is asked of it."""
