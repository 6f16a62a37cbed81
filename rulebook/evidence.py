"""Facts of a note by which a service is distinct from the work it is usually part of."""

from rulebook.types import Service

#: Facet -> (the value that sets a service apart, the value that says it does not).
EVIDENCE = {
    "session": ("separate", "same"),
    "structure": ("separate", "same"),
    "practitioner": ("other", "same"),
    "overlap": ("unusual", "usual"),
}


def evidence(service: Service) -> tuple[str, ...]:
    """The facets that set a service apart; empty where the note has no reason for it."""
    return tuple(facet for facet, (apart, _) in EVIDENCE.items() if service.facets.get(facet) == apart)
