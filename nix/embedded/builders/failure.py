"""The one error of these builders."""


class Failure(Exception):
    """A package that cannot be made to run from the store; the message says what, where and the remedy."""
