"""The one way in which a rule's parameters are written down, where they could be written in several.

A facet with one value is that value (``site = "bone"``), with several a list of them.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

from rulebook.kinds import KIND
from rulebook.params import Facets, ParamError, dump, parse


def spelled(kind: str, params: Any) -> Any:
    """The parameters with every facet in the one spelling; what cannot be read as facets stays as it is."""
    if not isinstance(params, Mapping):
        return params
    return {name: _facets(value) if name in _facet_names(kind) else value for name, value in params.items()}


def meaning(kind: str, params: Any) -> Any:
    """The same for all parameters that mean the same: what says no more than its default is left out as well."""
    if kind not in KIND:
        return params
    try:
        return spelled(kind, dump(parse(KIND[kind].Params, params)))
    except ParamError:
        return params


def rules_in_one_spelling(content: Mapping[str, Any]) -> dict[str, Any]:
    """A page with ``meaning`` in the place of its rules' parameters, to be compared and not to be stored."""
    return {**content, "rules": [_meant(row) for row in content.get("rules", ())]}


def _meant(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row itself where it is written so already."""
    said = meaning(row["kind"], row["params"])
    return row if said == row["params"] else {**row, "params": said}


def _facets(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {facet: fits[0] if isinstance(fits, list) and len(fits) == 1 else fits for facet, fits in value.items()}


@cache
def _facet_names(kind: str) -> frozenset[str]:
    """The parameters of a kind that are facets with their values."""
    if kind not in KIND:
        return frozenset()
    hints = get_type_hints(KIND[kind].Params)
    return frozenset(name.rstrip("_") for name, hint in hints.items() if hint == Facets)
