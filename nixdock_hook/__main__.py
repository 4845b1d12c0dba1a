"""The command line: `nixdock stream RECIPE`, `nixdock archive RECIPE FILE`, and the steps that derivations run.

The only place that prints an error and exits. NIXDOCK_DEBUG=1 shows where the error came from.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType

from .endings import end_on_signals
from .errors import NixdockError, UsageError, redacted

# What helps against an error of the operating system; of any other one more is to be seen.
_REMEDIES = {
    errno.ENOENT: "check that its directory exists, and how it is written",
    errno.ENOTDIR: "a part of it is no directory: check how it is written",
    errno.EISDIR: "name a file",
    errno.EEXIST: "remove it first, or name another place",
    errno.EACCES: "become a user who may do this, or name another place",
    errno.EPERM: "become a user who may do this, or name another place",
    errno.EROFS: "name a place on a file system that can be written to",
    errno.ENOSPC: "free some space, or name another place",
    errno.EDQUOT: "free some space, or name another place",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command; end the process with its exit status."""
    end_on_signals()
    _open_standard_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            _run(arguments)
        finally:
            _flush_stdout()
    except (NixdockError, OSError) as error:
        if isinstance(error, BrokenPipeError) and error.filename is None:
            _end_like_cat()
        with suppress(OSError):  # nobody may read the messages, and their disk may be full
            print(redacted(_message(error)), file=sys.stderr, flush=True)
        os._exit(2 if isinstance(error, UsageError) else 1)
    # At once: to take the interpreter apart lasts as long as it takes docker to unpack a small layer.
    os._exit(0)


def _open_standard_streams() -> None:
    """In the place of one that was closed (`>&-`) put /dev/null: else the next file that is opened takes its number.

    What a command then writes to stdout is an error all the same, so there /dev/null is open for reading alone.
    """
    for name, mode in (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, mode)
            os.set_inheritable(descriptor, True)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


def _flush_stdout() -> None:
    """Write what is left of a command's output. Raises OSError, which names it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "stdout") from error


def _end_like_cat() -> None:
    """End as other programs do whose output nobody reads any more: quietly, by SIGPIPE."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)


def _message(error: NixdockError | OSError) -> str:
    """An error as a line; with NIXDOCK_DEBUG=1 as a traceback."""
    if os.environ.get("NIXDOCK_DEBUG") == "1":
        from traceback import format_exception

        return "".join(format_exception(error)).rstrip("\n")
    if isinstance(error, NixdockError):
        return f"nixdock: error: {error}"
    # One of the operating system's (disk full, not writable) in the same form.
    name = error.filename
    where = os.fsdecode(name) if isinstance(name, str | bytes) else name or "the input or output"
    remedy = _REMEDIES.get(error.errno or 0, "NIXDOCK_DEBUG=1 shows what was tried")
    return f"nixdock: error: {NixdockError(error.strerror or str(error), where, remedy)}"


def _run(arguments: list[str]) -> None:
    # A step's derivation calls this hundreds of times a day: it imports neither argparse nor the other commands.
    if arguments[:1] == ["step"] and len(arguments) == 2:
        run_step(arguments[1])
    else:
        from .cli import run

        run(arguments)


def run_step(name: str) -> None:
    """Run a step of the derivation that this process builds; its tools and scripts find PATH and `out` as set here."""
    from .steps.attributes import read_attributes, read_spec

    step = _step(name)
    attributes = read_attributes()
    # Nix sets `out` only where attributes are not structured.
    os.environ.update(PATH=attributes.path, out=attributes.out)
    step.run(read_spec(step.Spec, name, attributes.spec), attributes.graphs, attributes.out)


def _step(name: str) -> ModuleType:
    module = f"{__package__}.steps.{name.replace('-', '_')}"
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if not module.startswith(error.name or ""):
            raise  # the step is there, and something that it imports is not
        raise UsageError(f"there is no step {name!r}", "see nixdock_hook/steps") from error


if __name__ == "__main__":
    main()
