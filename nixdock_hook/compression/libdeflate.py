"""libdeflate (github.com/ebiggers/libdeflate), called by ctypes: twice as fast as zlib at the same size.

Its output follows from its version and the level alone, not from the processor: SIMD makes only its checksums and the
bases of its tables. It compresses whole buffers, so a stream becomes several gzip members (RFC 1952, 2.2).
"""

from __future__ import annotations

import ctypes
from functools import cache
from mmap import mmap

from .memory import give_back_at_once, private_memory

LIBRARY = "libdeflate.so.0"
"""What the dynamic loader is asked for; nix/hook.nix writes the path of the package set's own in its place."""


_SAMPLES, _SAMPLE = 16, 4096
"""Parts of a buffer that are looked at, and bytes of each: they cost a hundredth of compressing 4 MiB."""
_ASCII = bytes(range(128))


class Deflater:
    """Makes gzip members of at most `most` bytes of data each, in one thread at a time."""

    def __init__(self, most: int) -> None:
        library = _library()
        assert library
        self._library: ctypes.CDLL = library
        self._compressors: dict[int, int] = {}
        bound = library.libdeflate_gzip_compress_bound(None, most)
        self._output = private_memory(bound)  # given back to the system at once, as malloc would not do

    def __del__(self) -> None:
        for compressor in getattr(self, "_compressors", {}).values():
            self._library.libdeflate_free_compressor(compressor)

    def member(self, data: mmap, size: int, level: int) -> bytes:
        """Return one gzip member of the first `size` bytes of `data`."""
        source, output = (ctypes.c_char.from_buffer(buffer) for buffer in (data, self._output))
        compress = self._library.libdeflate_gzip_compress
        pointers = ctypes.byref(source), size, ctypes.byref(output), len(self._output)
        return self._output[: compress(self._compressor(level), *pointers)]

    def _compressor(self, level: int) -> int:
        if level not in self._compressors:
            made = self._library.libdeflate_alloc_compressor(level)
            if not made:
                raise MemoryError
            self._compressors[level] = made
        return self._compressors[level]


def holds_code(data: mmap, size: int) -> bool:
    """Tell, by a sample, whether the first `size` bytes are mostly machine code, or bytecode.

    Of these a tenth to a third are no ASCII: text has fewer, and what is compressed already, or dense tables, more.
    """
    step = max(size // _SAMPLES, _SAMPLE)
    sample = b"".join(data[start : min(start + _SAMPLE, size)] for start in range(0, size, step))
    high = len(sample.translate(None, _ASCII))
    return len(sample) <= 10 * high and 3 * high < len(sample)


def is_there() -> bool:
    """Tell whether the library can be loaded."""
    return _library() is not None


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    give_back_at_once()
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    library.libdeflate_alloc_compressor.argtypes = [ctypes.c_int]
    library.libdeflate_alloc_compressor.restype = pointer
    library.libdeflate_free_compressor.argtypes = [pointer]
    library.libdeflate_free_compressor.restype = None
    library.libdeflate_gzip_compress_bound.argtypes = [pointer, size]
    library.libdeflate_gzip_compress_bound.restype = size
    library.libdeflate_gzip_compress.argtypes = [pointer, pointer, size, pointer, size]
    library.libdeflate_gzip_compress.restype = size
    return library
