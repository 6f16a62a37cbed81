"""Archives made by hand, to do harm: what no program would write. ``NAME`` is a file that would be read."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

NAME = "codes/A9999/page.toml"


def archive(files: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def raw_zip(entries: list[tuple[str, bytes, int, int]], at: list[int] | None = None) -> bytes:
    """An archive written by hand: name, packed bytes, the size it claims, and how it is packed."""
    out, directory = bytearray(), bytearray()
    for place, (name, packed, size, method) in enumerate(entries):
        start = len(out) if at is None else at[place]
        fields = (20, 0, method, 0, 33, zlib.crc32(b"x"), len(packed), size, len(name), 0)
        if at is None or start == len(out):
            out += struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name.encode() + packed
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *fields, 0, 0, 0, 0, start) + name.encode()
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return bytes(out + directory + end)


def bomb(name: str = NAME) -> bytes:
    """Ten megabytes that would become ten gigabytes."""
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = made.compress(b"\0" * 10_000_000) + made.flush(zlib.Z_FULL_FLUSH)
    packed = part * 1000
    return raw_zip([(name, packed, 10_000_000_000 & 0xFFFFFFFF, 8)])


def many() -> bytes:
    """An archive of 65,000 empty entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(65_000):
            made.writestr(zipfile.ZipInfo(f"{number}"), b"")
    return out.getvalue()


def zip64(made: bytes) -> bytes:
    """An archive that says it has more entries than fit into an archive of the usual form."""
    at = made.rfind(b"PK\x05\x06")
    return made[: at + 8] + b"\xff" * 12 + made[at + 20 :]


def encrypted(name: str = NAME) -> bytes:
    """An archive with a password."""
    made = bytearray(archive({name: "x"}))
    made[6] |= 1
    made[made.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def linked(kind: int, name: str = NAME) -> bytes:
    """An archive whose entry is a link, a device or a pipe."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(info, "/etc/passwd")
    return out.getvalue()


def renamed(files: Mapping[str, str | bytes], name: str) -> bytes:
    """An archive with one more entry of this name, whatever Python thinks of it."""
    stand_in = "Z" * len(name.encode())
    return archive({**files, stand_in: "data"}).replace(stand_in.encode(), name.encode())
