"""`nixdock lock`: an image of a registry as a lock file, for pullImage."""

from __future__ import annotations

import argparse
import sys

from ..documents import canonical_json
from ..errors import UsageError
from ..messages import say
from ..oci.reference import parse_remote_reference
from ..outputs import whole_file
from ..registries.access import Access
from ..registries.lock import Lock
from ..registries.resolve import resolve
from .terminal.arguments import add_registry_arguments, host_architecture, registry_access


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reference", nargs="?", metavar="REFERENCE", help="HOST/PATH:TAG or HOST/PATH@sha256:…")
    parser.add_argument("--update", metavar="FILE", help="write this lock file again, with what its reference is now")
    add_registry_arguments(parser)  # no defaults: --update keeps those of the file


def run(options: argparse.Namespace) -> None:
    access = registry_access(options)
    if options.update is None:
        if options.reference is None:
            raise UsageError("no image is named", "nixdock lock REFERENCE, or --update FILE")
        lock = _resolved(options.reference, options.os or "linux", options.arch or host_architecture(), access)
        sys.stdout.write(lock.to_text())
        return
    old = _read(options.update)
    system, architecture = options.os or old.platform.os, options.arch or old.platform.architecture
    new = _resolved(options.reference or old.reference, system, architecture, access)
    _write(new, options.update)
    change = "is unchanged" if new == old else f"was {old.digest}, is now {new.digest}"
    say(f"nixdock: {options.update}: {new.reference} {change}")


def _resolved(reference: str, system: str, architecture: str, access: Access) -> Lock:
    remote = parse_remote_reference(reference)
    if sys.stderr.isatty():
        say(f"nixdock: asking {remote.host}")
    return resolve(remote, system, architecture, access)


def _read(path: str) -> Lock:
    return Lock.from_json(canonical_json.read_file(path, "make it again: nixdock lock REFERENCE"), path)


def _write(lock: Lock, path: str) -> None:
    with whole_file(path) as file:
        file.write(lock.to_text().encode())
