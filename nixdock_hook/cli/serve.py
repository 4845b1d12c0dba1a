"""`nixdock serve`: images for any client of a registry, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress

from ..errors import NixdockError
from ..image import read_recipe
from ..layers.content import layer_contents
from ..oci.reference import parse_reference
from ..sinks.registry import Registry
from ..sinks.registry_server import Listener, RegistryServer
from ..sinks.served_image import served_image


def run(options: argparse.Namespace) -> None:
    recipes = [read_recipe(path) for path in options.recipes]
    names = [parse_reference(f"{recipe.name}:{recipe.tag or options.tag}") for recipe in recipes]
    with layer_contents() as contents:
        images = [served_image(recipe, name, contents) for recipe, name in zip(recipes, names, strict=True)]
        with RegistryServer(Registry(images), options.host, options.port, _Errors()) as server:
            if not server.local_only:
                _say(f"nixdock: warning: {server.address} is open to the network: anybody there can pull these images")
            for image in images:
                print(f"{server.address}/{image.repository}:{image.tag}", flush=True)
            with suppress(KeyboardInterrupt):
                server.serve_forever()


class _Errors(Listener):
    def failed(self, error: NixdockError) -> None:
        _say(f"nixdock: error: {error}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
