"""The bill of a finished image, wherever it is: what its expression said of packages is known no more."""

from __future__ import annotations

from ..opened.model import Choice, Wanted
from ..opened.opening import open_image
from .components import bill_of
from .derivers import facts_of_derivers
from .described import described_image
from .model import Bill


def bill_of_finished(word: str, choice: Choice) -> Bill:
    """Say what is in the image that a word names; raises what `open_image` does.

    Of a recipe of this machine Nix may still know the derivations; else store paths are known by their names.
    """
    with open_image(word, Wanted.PATHS | Wanted.GRAPH, choice) as image:
        facts = facts_of_derivers(path.path for path in image.paths or ()) if image.kind == "recipe" else {}
        return bill_of(described_image(image), {}, facts)
