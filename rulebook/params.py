"""Typed parameters of rules: from JSON, to JSON, with messages that name the field.

A kind's parameters are a frozen dataclass whose fields have one of the types in
``READERS``. The same description serves the store, the admin and the documentation.
"""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from rulebook.shapes import Shape

Facets = Mapping[str, tuple[str, ...]]
T = TypeVar("T")


class ParamError(ValueError):
    """A parameter that cannot be read; ``field`` names it, the text says what it should be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


def param(help: str, *, what: Shape | None = None, **kwargs: Any) -> Any:
    """A dataclass field with the one-line help that forms and documentation show, and what its texts are.

    Of facets these are the values. Without a shape they are words, of a note or of the file.
    """
    return dataclasses.field(metadata={"help": help, "what": what}, **kwargs)


def shape_of(spec: "dataclasses.Field[Any]") -> Shape | None:
    """What the texts of a parameter are; None for words."""
    return spec.metadata.get("what")


def json_name(spec: "dataclasses.Field[Any]") -> str:
    """The field's name in JSON: ``from_`` is written ``from``, which Python keeps for itself."""
    return spec.name.rstrip("_")


def parse(cls: type[T], data: Any, *, as_stored: bool = False) -> T:
    """Build a parameter object from JSON data; ParamError names the first bad field.

    What is stored already is read whatever its codes look like: an edition never changes, and one from before codes had
    to look like codes must not take the library with it. Writing, and the check before publishing, are strict.
    """
    if not isinstance(data, Mapping):
        raise ParamError("", "parameters must be an object with named fields")
    hints = get_type_hints(cls)
    known = {json_name(f): f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in data:
        if name not in known:
            raise ParamError(str(name), f"is not a parameter here; known are {', '.join(known)}")
    values = {}
    for name, spec in known.items():
        if name in data:
            values[spec.name] = value = _reader(hints[spec.name])(name, data[name])
            if not as_stored and (shape := shape_of(spec)):
                _hold(shape, name, value)
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            raise ParamError(name, "is required")
    try:
        return cls(**values)
    except ParamError:
        raise
    except ValueError as error:
        raise ParamError("", str(error)) from error


def _hold(shape: Shape, name: str, value: Any) -> None:
    """Raise ParamError for the first text that is not of the shape."""
    if isinstance(value, Mapping):
        for facet, texts in value.items():
            for text in texts:
                _hold(shape, f"{name}.{facet}", text)
    elif isinstance(value, tuple):
        for index, text in enumerate(value):
            _hold(shape, f"{name}.{index}", text)
    elif value is not None and not shape.holds(value):
        raise ParamError(name, f"must be {shape.wanted}, and is “{value:.40}”")


def dump(params: Any) -> dict[str, Any]:
    """The JSON form of a parameter object; fields at their default are left out."""
    result = {}
    for spec in dataclasses.fields(params):
        value = getattr(params, spec.name)
        default = spec.default_factory() if spec.default_factory is not dataclasses.MISSING else spec.default
        if value != default:
            result[json_name(spec)] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ParamError(name, "must be text")
    return value.strip()


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ParamError(name, "must be true or false")
    return value


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParamError(name, "must be a whole number")
    return value


def _date(name: str, value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ParamError(name, "must be a date like 2024-03-01") from None


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise ParamError(name, "must be a list of texts")
    return tuple(_text(f"{name}.{index}", item) for index, item in enumerate(value))


def _facets(name: str, value: Any) -> Facets:
    """``{"site": "bone"}`` and ``{"site": ["bone", "lung"]}`` are both accepted."""
    if not isinstance(value, Mapping):
        raise ParamError(name, "must be an object of facet: value")
    return {
        _text(name, facet): (_text(f"{name}.{facet}", values),)
        if isinstance(values, str)
        else _texts(f"{name}.{facet}", values)
        for facet, values in value.items()
    }


READERS: dict[Any, Callable[[str, Any], Any]] = {
    str: _text,
    bool: _flag,
    int: _whole,
    date | None: _date,
    int | None: lambda name, value: None if value is None else _whole(name, value),
    str | None: lambda name, value: None if value is None else _text(name, value),
    tuple[str, ...]: _texts,
    Facets: _facets,
}


def _reader(hint: Any) -> Callable[[str, Any], Any]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return lambda name, value: _choice(hint, name, value)
    return READERS[hint]


def _choice(choices: type[StrEnum], name: str, value: Any) -> StrEnum:
    try:
        return choices(value)
    except ValueError:
        raise ParamError(name, f"must be one of {', '.join(choices)}") from None
