"""`python3 compress_file.py LEVEL`: stdin, compressed by gzip_writer, to stdout."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from nixdock_hook.layers.compress import gzip_writer

with gzip_writer(sys.stdout.buffer.write, level=int(sys.argv[1])) as stream:
    while data := sys.stdin.buffer.read(1 << 20):
        stream.write(data)
