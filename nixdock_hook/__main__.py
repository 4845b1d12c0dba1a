"""The command line: `nixdock stream RECIPE`, `nixdock archive RECIPE FILE`, and the steps that derivations run.

The only place that prints an error and exits. NIXDOCK_DEBUG=1 shows where the error came from.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from .errors import InvalidInput, NixdockError


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command; end the process with its exit status."""
    _open_standard_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        _run(arguments)
        sys.stdout.flush()
    except (NixdockError, OSError) as error:
        if os.environ.get("NIXDOCK_DEBUG") == "1":
            raise
        print(f"nixdock: error: {_one_line(error)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt as end:
        # As a shell reports a program that Ctrl-C ended. At once: it may have hit a lock that a thread waits for.
        os._exit(end.args[0] if end.args else 130)
    # At once: to take the interpreter apart lasts as long as it takes docker to unpack a small layer.
    os._exit(0)


def _open_standard_streams() -> None:
    """In the place of one that was closed (`>&-`) put /dev/null: else the next file that is opened takes its number."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(descriptor, True)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


def _one_line(error: NixdockError | OSError) -> NixdockError:
    """The error itself; one of the operating system's (disk full, not writable) in the same form."""
    if isinstance(error, NixdockError):
        return error
    where = error.filename if error.filename is not None else "the input or output"
    return NixdockError(error.strerror or str(error), where, "NIXDOCK_DEBUG=1 shows what was tried")


def _run(arguments: list[str]) -> None:
    # A step's derivation calls this hundreds of times a day: it imports neither argparse nor the other commands.
    if arguments[:1] == ["step"] and len(arguments) == 2:
        from .steps.attributes import read_attributes

        name = arguments[1]
        module = f"{__package__}.steps.{name.replace('-', '_')}"
        try:
            step = import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(error.name or ""):
                raise  # the step is there, and something that it imports is not
            raise InvalidInput(f"there is no step {name!r}", "the command line", "see nixdock_hook/steps") from error
        step.run(read_attributes())
    else:
        from .cli import run

        run(arguments)


if __name__ == "__main__":
    main()
