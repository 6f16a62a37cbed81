"""A short cut to frozen dataclasses, for those that are made again and again."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def quick(cls: Callable[P, T]) -> Callable[P, T]:
    """A function that makes the same objects as a frozen, slotted, keyword-only dataclass, several times as fast.

    The class sets each field by a call of ``object.__setattr__``, because it refuses assignment. The
    function fills an open twin, which has the same slots, and then turns it into one of the class.
    """
    specs = fields(cls)  # type: ignore[arg-type]
    twin = type("_Open", (), {"__slots__": [spec.name for spec in specs]})
    scope: dict[str, Any] = {"_twin": twin, "_class": cls}
    scope |= {f"_{spec.name}": spec.default for spec in specs}
    parameters = [spec.name if spec.default is MISSING else f"{spec.name}=_{spec.name}" for spec in specs]
    body = [f"    made.{spec.name} = {spec.name}" for spec in specs]
    lines = [f"def make(*, {', '.join(parameters)}):", "    made = _twin()", *body, "    made.__class__ = _class"]
    exec("\n".join([*lines, "    return made"]), scope)
    make: Callable[P, T] = scope["make"]
    return make
