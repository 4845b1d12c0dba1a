"""Names in archives and trees, brought to one form: relative, without `.` and `..`, the root itself empty."""

from __future__ import annotations

from ..errors import InvalidImage, InvalidInput


def normalise(name: bytes) -> bytes:
    """Bring `./nix/store/x/`, `/nix/store/x` and `nix//store/./x` to one form: `nix/store/x`; the root is b"".

    Raises InvalidInput where `..` climbs above the root.
    """
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if not parts:
                raise InvalidInput(f"{name.decode(errors='replace')!r} climbs out of the root")
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)


def member_path(name: bytes, where: object, top: str = "root") -> bytes:
    """Normalise the name of a member. Raises InvalidImage, naming `where`, for one that climbs out of `top`."""
    try:
        return normalise(name)
    except InvalidInput as error:
        what = f"{name.decode(errors='replace')!r} climbs out of the {top}"
        raise InvalidImage(what, where, "do not use this image, it may be an attack") from error
