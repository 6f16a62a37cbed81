"""TOML in one canonical form: the same document gives the same bytes, whatever the order of its keys.

Pure. What Python reads with ``tomllib`` is written here, so that a file can be changed by hand, read, stored, and
written again without a difference. TOML knows no null: a key without a value is left out.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, SHORT = 118, 60
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: What would not be seen, or would turn the text around it: written as an escape.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SHORT = {"\t": "\\t", "\n": "\\n"}
Order = Sequence[str]


def toml_text(document: Mapping[str, Any], order: Order = ()) -> str:
    """A document as TOML. Its keys and those of its rows come in the given order; what is deeper keeps its own,
    because lists in words follow it."""
    ranks = {key: place for place, key in enumerate(order)}
    return "\n".join(_table(document, (), ranks)).strip("\n") + "\n"


def without_null(value: Any) -> Any:
    """A value as TOML can hold it: no key without a value. ValueError for a list with a hole in it."""
    if isinstance(value, Mapping):
        return {str(key): without_null(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        if any(one is None for one in value):
            raise ValueError("a list with an empty place in it cannot be written")
        return [without_null(one) for one in value]
    return value


# Tables ---------------------------------------------------------------------------------------


def _table(table: Mapping[str, Any], path: tuple[str, ...], ranks: Mapping[str, int]) -> list[str]:
    """The lines of a table: its plain values first, because TOML wants them there, then the tables in it."""
    keys = list(table) if len(path) > 1 else sorted(table, key=lambda key: (ranks.get(key, len(ranks)), key))
    lines, below = list[str](), list[str]()
    for key in keys:
        value = table[key]
        if _is_blocks(value) and not (path and _fits(key, value, SHORT)):
            for one in value:
                below += [*([] if path else [""]), f"[[{_path(path, key)}]]", *_table(one, (*path, key), ranks)]
        elif isinstance(value, Mapping) and not _fits(key, value):
            inner = _table(value, (*path, key), ranks)
            below += inner if inner[0].startswith("[") else [f"[{_path(path, key)}]", *inner]
        else:
            lines.append(_line(key, value))
    return [*lines, *below]


def _is_blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _fits(key: str, value: Any, width: int = WIDTH) -> bool:
    """Whether a table, or a list of them, reads well in one line."""
    return not _holds_blocks(value) and len(key) + 3 + len(_inline(value)) <= width


def _holds_blocks(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_is_blocks(one) or _holds_blocks(one) for one in value.values())
    if isinstance(value, list):
        return any(_holds_blocks(one) for one in value)
    return isinstance(value, str) and "\n" in value


def _path(path: tuple[str, ...], key: str) -> str:
    return ".".join(_key(one) for one in (*path, key))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _basic(key)


# Values ---------------------------------------------------------------------------------------


def _line(key: str, value: Any) -> str:
    head = f"{_key(key)} = "
    if isinstance(value, str) and "\n" in value:
        return head + _long(value)
    text = _inline(value)
    return head + (_wrapped(value) if isinstance(value, list) and len(head + text) > WIDTH else text)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(value[key])}" for key in value) + " }" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_inline(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else _basic(str(value))


def _wrapped(values: list[Any]) -> str:
    """A long list over several lines, as many to a line as go into it."""
    lines = [""]
    for text in (f"{_inline(one)}," for one in values):
        if lines[-1] and len(lines[-1]) + 1 + len(text) > WIDTH - 2:
            lines.append("")
        lines[-1] = f"{lines[-1]} {text}".strip(" ") if lines[-1] else text
    return "[\n" + "".join(f"  {line}\n" for line in lines) + "]"


def _basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for one, short in _SHORT.items():
        escaped = escaped.replace(one, short)
    return f'"{_UNSEEN.sub(_escape, escaped)}"'


def _long(text: str) -> str:
    """A text of several lines, each a line of the file."""
    escaped = text.replace("\\", "\\\\").replace('"""', '""\\"')
    escaped = f'{escaped[:-1]}\\"' if escaped.endswith('"') and not escaped.endswith('\\"') else escaped
    return f'"""\n{_UNSEEN.sub(_escape, escaped)}"""'


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
