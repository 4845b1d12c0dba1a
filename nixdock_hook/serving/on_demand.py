"""Images that are built when a client asks for them: `examples/hello` is the attribute examples.hello.

Docker knows lower-case names alone, so an attribute with a capital in it is reached through one without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from ..errors import InvalidInput, NotFound
from ..images.index import read_image
from ..layers.content import LayerContents
from ..sinks.compressed import CompressedLayers, served_with
from ..sinks.served_image import ServedImage
from .answers import IsGone

_MOST_NAME = 240  # characters of an attribute: with `.recipe` behind it, it is a file's name, of 255 bytes at most
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# Nothing that means something to Nix's command line: neither a dot, nor quotes, nor `-` as the first character.
_COMPONENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


class OnDemand:
    """Makes the image of a repository and a tag.

    build: attribute → store path of its recipe, unless the client goes away meanwhile. allowed: patterns as of a shell;
    an attribute has to match one, else nothing is built nor evaluated. layers: compresses them, None leaves them plain.
    """

    def __init__(
        self,
        build: Callable[[str, IsGone], str],
        allowed: Sequence[str],
        contents: LayerContents,
        layers: CompressedLayers | None = None,
    ) -> None:
        self._build = build
        self._allowed = allowed
        self._contents = contents
        self._layers = layers

    def __call__(self, repository: str, tag: str, is_gone: IsGone) -> ServedImage:
        """The image as it is now. Every image is `latest`, and has the tag that it gives itself, too.

        Raises NotFound where there is no such attribute, or it is not allowed; InvalidInput where the image has no
        such tag; else what kept it from being built.
        """
        attribute = self._attribute(repository)
        if not _TAG.fullmatch(tag):
            raise NotFound(f"{tag!r} is no tag", repository, "`latest` always is one")
        image = read_image(self._build(f"{attribute}.recipe", is_gone))
        tags = {"latest", image.tag or "latest"}
        if tag not in tags:
            raise InvalidInput(f"there is no tag {tag}", repository, f"it has {', '.join(sorted(tags))}")
        served = served_with(self._layers, image, f"{image.name}:{tag}", self._contents)
        return replace(served, repository=repository)

    def _attribute(self, repository: str) -> str:
        parts = repository.split("/")
        attribute = ".".join(parts)
        if not all(map(_COMPONENT.fullmatch, parts)) or len(attribute) > _MOST_NAME:
            raise NotFound("this name stands for no attribute", repr(repository), "use letters, digits, _ - and /")
        if not any(fnmatchcase(attribute, pattern) for pattern in self._allowed):
            raise NotFound(f"{attribute} is not served", "this registry", f"it serves {', '.join(self._allowed)}")
        return attribute
