"""Streams compressed: gzip and zstd, by the libraries that are fastest."""
