"""Texts that are rendered once, with holes for what differs each time and is put in when they are sent."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: New in each process, so that nobody can write a hole into the text of a page.
_MARK = secrets.token_hex(16)
#: What is put into holes, by their names; asked for anew each time.
PutIn = dict[str, Callable[[], object]]
_HOLE = re.compile(rf"{_MARK}-(\w+)-")


def hole(name: str) -> str:
    """What to put into a template's context in place of a value. Escaping leaves it as it is."""
    return f"{_MARK}-{name}-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A text in parts, as it is sent: what stays, and between each two the name of what is put in."""

    stays: tuple[bytes, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Sheet":
        """Cut a rendered text at its holes."""
        parts = _HOLE.split(text)
        return cls(stays=tuple(part.encode() for part in parts[::2]), names=tuple(parts[1::2]))

    def filled(self, values: Mapping[str, Callable[[], object]]) -> bytes:
        """The whole text. Each hole asks for its value anew; the values are HTML already, or what was filled before."""
        put_in = [values[name]() for name in self.names]
        encoded = [value if isinstance(value, bytes) else str(value).encode() for value in put_in]
        return b"".join(part for pair in zip(self.stays, [*encoded, b""], strict=True) for part in pair)
