"""`python3 compress_file.py LIBRARY LEVEL`: stdin, compressed to stdout."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from nixdock_hook.compression.compress import GzipLevel, gzip_writer, zlib_writer

writer = {"libdeflate": gzip_writer, "zlib": zlib_writer}[sys.argv[1]]
level = int(sys.argv[2])
with writer(sys.stdout.buffer.write, GzipLevel(level, level)) as stream:
    while data := sys.stdin.buffer.read(1 << 20):
        stream.write(data)
