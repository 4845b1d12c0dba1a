"""The ways out of nixdock, each a function that brings a version of the image into a runtime: the table's rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.command import nixdock
from tests.support.pushing import pushed
from tests.support.registry import Registry
from tests.support.relay import relay
from tests.support.serving import serving

from .client import Runtime, Unsupported
from .subject import Subject, Version

_UNITS = {"B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


@dataclass
class Place:
    """Where ways put their files, and what they share. sent: bytes that were pulled since it was last set."""

    directory: Path
    registry: Registry
    subject: Subject
    sent: int = 0
    pushes: int = 0

    def count(self, size: int) -> None:
        """Add what a server sent."""
        self.sent += size

    def new_name(self) -> str:
        """A NAME:TAG whose repository in the registry is empty: what is pushed there has to be sent."""
        self.pushes += 1
        return f"pushed-{self.pushes}/matrix:1"

    def other(self, version: Version) -> Version:
        """The version that is not this one."""
        return self.subject.second if version == self.subject.first else self.subject.first


Bring = Callable[[Runtime, Version, Place], str]
"""Returns the name that the image has then. Raises AssertionError where it does not get there, or Unsupported."""


@dataclass(frozen=True)
class Way:
    """keeps_name: the image has its own name then. incremental: of the second version, only what is missing moves."""

    label: str
    bring: Bring
    keeps_name: bool = True
    incremental: bool = False


def _built(attribute: str) -> Bring:
    def bring(runtime: Runtime, version: Version, place: Place) -> str:
        runtime.load(version.files[attribute])
        return version.name

    return bring


def _stream(runtime: Runtime, version: Version, place: Place) -> str:
    runtime.load_stream(version.files["stream"])
    return version.name


def _tarred_layout(runtime: Runtime, version: Version, place: Place) -> str:
    runtime.load_stream("tar", "--create", "--directory", version.files["ociLayout"], ".")
    return version.name


def _layout(runtime: Runtime, version: Version, place: Place) -> str:
    return runtime.open_layout(version.files["ociLayout"], version.tag)


def _serve(compression: str) -> Bring:
    def bring(runtime: Runtime, version: Version, place: Place) -> str:
        options = ("--layer-compression", compression)
        with serving(place.directory / "serve.log", version.files["recipe"], options=options) as served:
            return _pull(runtime, served.host, version.name, place)

    return bring


def _registry(compression: str) -> Bring:
    def bring(runtime: Runtime, version: Version, place: Place) -> str:
        name = f"{compression}/matrix:{version.tag}"
        options = ("--compression", compression)
        pushed(version.files["recipe"], f"docker://{place.registry.host}/{name}", *options)
        return _pull(runtime, place.registry.host, name, place)

    return bring


def _pull(runtime: Runtime, host: str, name: str, place: Place) -> str:
    with relay(int(host.rpartition(":")[2]), place.count) as port:
        reference = f"127.0.0.1:{port}/{name}"
        runtime.pull(reference)
    return reference


def _copy(compression: str) -> Bring:
    def bring(runtime: Runtime, version: Version, place: Place) -> str:
        if runtime.destination is None:
            raise Unsupported
        transport, options = runtime.destination
        words = ("--layer-compression", compression, *(("--", *options) if options else ()))
        done = nixdock("copy", version.files["recipe"], f"{transport}{version.name}", *words)
        said = done.stderr.decode()
        assert done.returncode == 0, said
        counted = re.search(r" layers were there, ([\d.]+) (B|kB|MB|GB) moved ", said)
        assert counted, f"it was not pulled: {said}"
        place.count(round(float(counted[1]) * _UNITS[counted[2]]))
        return version.name

    return bring


def _copy_over_gzip(runtime: Runtime, version: Version, place: Place) -> str:
    _registry("gzip")(runtime, place.other(version), place)
    return _copy("none")(runtime, version, place)


WAYS = (
    Way("nix-build, compressor none", _built("archive")),
    Way("nix-build, compressor gz", _built("archiveGzip")),
    Way("nix-build, compressor zstd", _built("archiveZstd")),
    Way("nix-build, layerCompression gzip", _built("layersGzip")),
    Way("nix-build, layerCompression zstd", _built("layersZstd")),
    Way("stream | load", _stream),
    Way("ociLayout, as a tar", _tarred_layout),
    Way("ociLayout", _layout),
    Way("serve", _serve("none"), keeps_name=False, incremental=True),
    Way("serve, layers gzip", _serve("gzip"), keeps_name=False, incremental=True),
    Way("copy", _copy("none"), incremental=True),
    Way("copy, layers gzip", _copy("gzip"), incremental=True),
    Way("copy over pulled gzip layers", _copy_over_gzip),
    Way("copyToRegistry, pulled", _registry("gzip"), keeps_name=False, incremental=True),
    Way("copyToRegistry zstd, pulled", _registry("zstd"), keeps_name=False, incremental=True),
)
