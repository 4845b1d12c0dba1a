"""What goes wrong, in one line each: WHAT in WHERE: REMEDY."""


class NixdockError(Exception):
    """The base of every error that nixdock raises on purpose; `__main__` prints it as one line and exits 1."""

    def __init__(self, what: str, where: object = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        text = what + (f" in {self.where}" if self.where else "") + (f": {remedy}" if remedy else "")
        super().__init__(" ".join(text.split()))


class InvalidInput(NixdockError):
    """A step spec, a recipe or a command line that asks for something impossible."""


class InvalidImage(NixdockError):
    """An image (archive, layout) whose content is not what it says it is."""


class StoreChanged(NixdockError):
    """A store path vanished, shrank or was altered while, or since, it was read."""


class ProgramFailed(NixdockError):
    """Another program (a script of the user's, zstd, nix-store) ended with an error."""


class NotFound(NixdockError):
    """A registry that lacks what was asked of it."""


class Busy(NixdockError):
    """A server that has as much to do as it takes on at once."""
