"""libzstd, called by ctypes: does what the program `zstd` does, without a process and two pipes for each layer."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache

from ..errors import ProgramFailed
from .memory import give_back_at_once

LIBRARY = "libzstd.so.1"
"""What the dynamic loader is asked for; nix/internal/hook.nix writes the path of the package set's own in its place."""

# zstd.h: ZSTD_cParameter and ZSTD_EndDirective.
LEVEL, CHECKSUM, WORKERS, JOB_SIZE = 100, 201, 400, 401
_CONTINUE, _END = 0, 2
_OUTPUT = 1 << 17  # bytes taken from it at once: ZSTD_CStreamOutSize, and ZSTD_DStreamOutSize


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer, and ZSTD_outBuffer."""

    _fields_ = (("place", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t))


class Stream:
    """Compresses into `write`, in one thread at a time. parameters: of the stream, by their number."""

    def __init__(self, write: Callable[[bytes], object], parameters: Mapping[int, int]) -> None:
        library = _library()
        assert library
        self._library: ctypes.CDLL = library
        self._write = write
        self._context = library.ZSTD_createCCtx()
        if not self._context:
            raise MemoryError
        self._memory = ctypes.create_string_buffer(_OUTPUT)
        for parameter, value in parameters.items():
            self._checked(library.ZSTD_CCtx_setParameter(self._context, parameter, value))

    def __del__(self) -> None:
        if context := getattr(self, "_context", None):
            self._library.ZSTD_freeCCtx(context)

    def add(self, data: bytes | memoryview) -> None:
        """Take data; it is used up when this returns."""
        if isinstance(data, memoryview) and not data.readonly:
            place = ctypes.addressof(ctypes.c_char.from_buffer(data)) if len(data) else 0
        else:
            kept = ctypes.c_char_p(bytes(data))  # the bytes live as long as this
            place = ctypes.cast(kept, ctypes.c_void_p).value or 0
        source = _Buffer(place, len(data), 0)
        while source.position < source.size:
            self._step(source, _CONTINUE)

    def end(self) -> None:
        """Write what is left."""
        source = _Buffer(0, 0, 0)
        while self._step(source, _END):
            pass

    def _step(self, source: _Buffer, directive: int) -> int:
        output = _Buffer(ctypes.addressof(self._memory), _OUTPUT, 0)
        compress = self._library.ZSTD_compressStream2
        left = self._checked(compress(self._context, ctypes.byref(output), ctypes.byref(source), directive))
        if output.position:
            self._write(ctypes.string_at(self._memory, output.position))
        return left

    def _checked(self, code: int) -> int:
        if self._library.ZSTD_isError(code):
            name = self._library.ZSTD_getErrorName(code).decode()
            raise ProgramFailed(f"libzstd fails ({name})", LIBRARY, "is there enough memory?")
        return code


class Frames:
    """Decompresses frames, one after the other, with windows of at most 128 MiB (the library's own limit).

    is_whole: whether all that was given ends where a frame does.
    """

    def __init__(self) -> None:
        library = _library()
        assert library
        self._library: ctypes.CDLL = library
        self._context = library.ZSTD_createDCtx()
        if not self._context:
            raise MemoryError
        self._memory = ctypes.create_string_buffer(_OUTPUT)
        self._data, self._source = b"", _Buffer(0, 0, 0)
        self.is_whole = True

    def __del__(self) -> None:
        if context := getattr(self, "_context", None):
            self._library.ZSTD_freeDCtx(context)

    def give(self, data: bytes) -> None:
        """Give the next compressed bytes; `take` has to have used up those before."""
        self._data = data  # which live as long as the library reads them
        self._source = _Buffer(ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value, len(data), 0)

    def take(self, limit: int) -> bytes:
        """Return the next bytes, at most `limit`; none where more has to be given. Raises ValueError for no frame."""
        output = _Buffer(ctypes.addressof(self._memory), min(limit, _OUTPUT), 0)
        source, library = self._source, self._library
        places = ctypes.byref(output), ctypes.byref(source)
        # A call ends with its frame: there may be hundreds of thousands in a few bytes, some of which become nothing.
        while output.position < output.size and (source.position < source.size or not self.is_whole):
            before = source.position, output.position
            left = library.ZSTD_decompressStream(self._context, *places)
            if library.ZSTD_isError(left):
                raise ValueError(library.ZSTD_getErrorName(left).decode())
            self.is_whole = left == 0
            if (source.position, output.position) == before:
                break
        return ctypes.string_at(self._memory, output.position)


def is_there() -> bool:
    """Tell whether the library can be loaded, and has threads."""
    library = _library()
    if library is None:
        return False
    context = library.ZSTD_createCCtx()
    try:
        return bool(context) and not library.ZSTD_isError(library.ZSTD_CCtx_setParameter(context, WORKERS, 1))
    finally:
        library.ZSTD_freeCCtx(context)


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    size, pointer, number = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int
    buffer = ctypes.POINTER(_Buffer)
    signatures = {
        "ZSTD_createCCtx": (pointer, []),
        "ZSTD_freeCCtx": (size, [pointer]),
        "ZSTD_CCtx_setParameter": (size, [pointer, number, number]),
        "ZSTD_compressStream2": (size, [pointer, buffer, buffer, number]),
        "ZSTD_createDCtx": (pointer, []),
        "ZSTD_freeDCtx": (size, [pointer]),
        "ZSTD_decompressStream": (size, [pointer, buffer, buffer]),
        "ZSTD_isError": (ctypes.c_uint, [size]),
        "ZSTD_getErrorName": (ctypes.c_char_p, [size]),
    }
    try:
        for name, (result, arguments) in signatures.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError:  # before 1.4
        return None
    give_back_at_once()
    return library
