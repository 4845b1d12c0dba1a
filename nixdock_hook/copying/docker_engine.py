"""Docker's engine on a Unix socket of this machine (Docker Engine API, "Image")."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from ..documents import canonical_json
from ..endings import at_the_end
from ..errors import InvalidImage, ProgramFailed
from ..oci.reference import Reference
from ..process import Stop
from .namespaces import peer_of

_PIECE = 1 << 16
_LOOK = 0.2  # seconds between two questions whether to stop
_KEPT = 1 << 20
"""Bytes of the beginning and of the end of an answer; that about a large pull goes on for as long as the pull."""
_CONTAINERD = ["driver-type", "io.containerd.snapshotter.v1"]
_GRACE = 3.0  # seconds to wait for an engine that is to stop and says nothing


class Engine:
    """An engine, asked by HTTP/1.0: it closes the connection behind its answer, so that no end has to be found."""

    def __init__(self, path: str) -> None:
        self._path = path

    @classmethod
    def at(cls, endpoint: str) -> Engine | None:
        """Return the engine at `unix://PATH`. None elsewhere, and where nobody listens: docker's client may know."""
        if not endpoint.startswith("unix://"):
            return None
        engine = cls(endpoint.removeprefix("unix://"))
        try:
            engine._connect().close()
        except OSError:
            return None
        return engine

    @property
    def process(self) -> int:
        """The process ID of the engine; 0 where that cannot be seen."""
        try:
            with self._connect() as connection:
                return peer_of(connection)
        except OSError:
            return 0

    def pull(self, reference: str, stop: Stop) -> None:
        """Have it pull HOST/NAME:TAG. Raises ProgramFailed where it cannot, or when `stop` said so."""
        image = Reference.split(reference)
        progress = self._ask(
            "POST", f"/images/create?fromImage={_quoted(image.name)}&tag={_quoted(image.tag or '')}", stop
        )
        for line in progress.splitlines():
            if problem := _field(line, "error"):
                raise _failed(problem)

    def tag(self, reference: str, name: str) -> None:
        """Give an image another NAME:TAG, too. Raises ProgramFailed where it refuses."""
        other = Reference.split(name)
        self._ask("POST", f"/images/{quote(reference)}/tag?repo={_quoted(other.name)}&tag={_quoted(other.tag or '')}")

    def remove(self, reference: str) -> None:
        """Take a name from an image, which goes if it has no other. Raises ProgramFailed where it refuses."""
        self._ask("DELETE", f"/images/{quote(reference)}")

    def is_whole(self, reference: str) -> bool:
        """Tell whether it holds all that an image is made of. Raises ProgramFailed where it does not answer.

        Up to its version 29 an engine with containerd's image store pulls no layer that it has unpacked already, be it
        from another compression, and then it has a file system but no bytes to save or push (moby#49784). Of such an
        image it says so (API 1.47), or it does not list it.
        """
        filters = quote(json.dumps({"reference": [reference]}), safe="")
        match _document(self._ask("GET", f"/images/json?manifests=1&filters={filters}")):
            case [*images] if any(map(_is_available, images)):
                return True
        match _document(self._ask("GET", "/info")):
            case {"DriverStatus": [*status]}:
                return _CONTAINERD not in status
        return True

    def _ask(self, method: str, target: str, stop: Stop = bool) -> bytes:
        """The body of its answer, unless that is an error."""
        try:
            with self._connect() as connection:
                connection.sendall(f"{method} {target} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
                answer = _answer(connection, stop)
        except OSError as error:
            raise _failed(str(error)) from error
        head, _, body = answer.partition(b"\r\n\r\n")
        if not re.match(rb"HTTP/1\.\d 2\d\d ", head):
            raise _failed(_field(body, "message"))
        return body

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self._path)
        except BaseException:
            connection.close()
            raise
        connection.settimeout(_LOOK)
        return connection


def _answer(connection: socket.socket, stop: Stop) -> bytes:
    """All that the engine says. Where this ends early, the engine is stopped and waited for."""
    answer = bytearray()
    with at_the_end(lambda: _wait_for_the_end(connection)):
        for piece in _pieces(connection, stop):
            answer += piece
            if len(answer) > 3 * _KEPT:
                answer[:] = _shortened(answer)
    return bytes(answer)


def _shortened(answer: bytearray) -> bytearray:
    """The first and the last lines of an answer that reports progress: an error is in the last one."""
    return answer[:_KEPT].rpartition(b"\n")[0] + b"\n" + answer[-_KEPT:].partition(b"\n")[2]


def _pieces(connection: socket.socket, stop: Stop) -> Iterator[bytes]:
    while not stop():
        try:
            piece = connection.recv(_PIECE)
        except TimeoutError:
            continue
        if not piece:
            return
        yield piece
    raise _failed("it was told to stop")


def _wait_for_the_end(connection: socket.socket) -> None:
    """Have the engine stop what it does, and wait until it did: a pull may be about to give an image its name."""
    connection.settimeout(_GRACE)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)  # it reads that nobody is there any more, and closes its side at the end
        while connection.recv(_PIECE):
            pass


def _field(document: bytes, name: str) -> str:
    """A text in a JSON object, "" where it has none; of anything else, that itself: an engine that dies breaks off."""
    with suppress(InvalidImage):
        value = canonical_json.load(document, "docker's answer")
        if isinstance(value, dict):
            return str(value.get(name, ""))
    return document.decode(errors="replace") or "its engine broke off"


def _document(answer: bytes) -> Any:
    """The JSON of an answer, None where it is none."""
    with suppress(InvalidImage):
        return canonical_json.load(answer, "docker's answer")
    return None


def _is_available(image: Any) -> bool:
    """Whether an engine says of an image in its list that all of it is there, or knows no such word."""
    match image:
        case {"Manifests": [*manifests]}:
            return any(isinstance(manifest, dict) and manifest.get("Available") for manifest in manifests)
    return True


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _failed(why: str) -> ProgramFailed:
    return ProgramFailed("docker failed", "", why)
