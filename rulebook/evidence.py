"""Facts of a note by which a service is distinct from the work it is usually part of."""

from collections.abc import Iterable

from rulebook.types import Service

#: Facet -> (the value that sets a service apart, the value that says it does not).
EVIDENCE = {
    "session": ("separate", "same"),
    "structure": ("separate", "same"),
    "practitioner": ("other", "same"),
    "overlap": ("unusual", "usual"),
}
_APART = [(facet, apart) for facet, (apart, _) in EVIDENCE.items()]


def set_apart(service: Service) -> bool:
    """Whether the note has a reason to set a service apart from the others."""
    facets = service.facets
    for facet, apart in _APART:  # noqa: SIM110 a generator costs more than the question
        if facets.get(facet) == apart:
            return True
    return False


def evidence(service: Service) -> tuple[str, ...]:
    """The facets that set a service apart; empty where the note has no reason for it."""
    return tuple([facet for facet, apart in _APART if service.facets.get(facet) == apart])


def on_other_side(service: Service, others: Iterable[Service]) -> bool:
    """Whether a service was done on one side and all of these on the other: a part lies where its whole is."""
    side = _OPPOSITE.get(service.facets.get("laterality", ""))
    return side is not None and all(other.facets.get("laterality") == side for other in others)


_OPPOSITE = {"left": "right", "right": "left"}
