"""One cell: an image brought into a runtime in one way, and what can be done with it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.registry import Registry

from .client import Runtime, Unsupported
from .subject import Content, pushed_content, saved_content
from .ways import Place, Way

_DOCUMENTS = 100_000
"""Bytes: what a client is sent beside layers (manifest, config, heads of answers) is less, a layer that counts more."""
_WRONG = (AssertionError, OSError, ValueError, LookupError)


@dataclass
class Cell:
    """wrong: check → what is wrong in a line. plain: a push from here sends uncompressed layers."""

    wrong: dict[str, str] = field(default_factory=dict)
    plain: bool = False

    def attempt(self, check: str, act: Callable[[], object]) -> bool:
        """Do something, and note under `check` where it goes wrong; whether it was done."""
        try:
            act()
        except Unsupported:
            return False
        except _WRONG as error:
            self.wrong[check] = _line(error)
        return check not in self.wrong

    def compare(self, found: Content, wanted: Content) -> None:
        """Note where a config is another one; AssertionError where a layer is."""
        if found.config != wanted.config:
            self.wrong["id"] = f"the config is {found.config}, not {wanted.config}"
        _check(found.diff_ids == wanted.diff_ids, "there are other layers")


def examine(runtime: Runtime, way: Way, place: Place) -> Cell | None:
    """Fill a cell. None where the runtime knows nothing of this kind."""
    cell, first, second = Cell(), place.subject.first, place.subject.second
    runtime.clear()
    try:
        name = way.bring(runtime, first, place)
    except Unsupported:
        return None
    except _WRONG as error:
        return Cell({"load": _line(error)})
    wanted = first.name if way.keeps_name else name
    cell.attempt("name", lambda: _check(runtime.has(wanted), f"there is no {wanted}"))
    cell.attempt("run", lambda: _check(runtime.run(name).strip() == first.tag, "its program printed something else"))
    saved = place.directory / "saved.tar"
    saved.unlink(missing_ok=True)
    if cell.attempt("save", lambda: runtime.save(name, saved)):
        cell.attempt("save", lambda: cell.compare(saved_content(saved), first.content))
    target = place.new_name()
    if cell.attempt("push", lambda: runtime.push(name, f"{place.registry.host}/{target}")):
        cell.attempt("push", lambda: _pushed(cell, place.registry, target, first.content))
    if way.incremental:
        place.sent = 0
        if cell.attempt("second", lambda: way.bring(runtime, second, place)):
            most = sum(place.subject.new.values()) + _DOCUMENTS
            cell.attempt("moved", lambda: _check(place.sent <= most, f"{place.sent} bytes moved, not at most {most}"))
    return cell


def _pushed(cell: Cell, registry: Registry, target: str, wanted: Content) -> None:
    manifest = registry.manifest(*target.split(":"))
    cell.plain = any(not layer["mediaType"].endswith(("gzip", "zstd")) for layer in manifest["layers"])
    cell.compare(pushed_content(registry, manifest), wanted)


def _check(holds: bool, otherwise: str) -> None:
    assert holds, otherwise


def _line(error: BaseException) -> str:
    """The last line of an error's words, where programs say what is wrong."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
