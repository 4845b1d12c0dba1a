"""`nixdock serve`: images for any client of a registry, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress

from ..errors import NixdockError
from ..image_index import read_image
from ..layers.content import layer_contents
from ..oci.reference import parse_reference
from ..sinks.registry import Registry
from ..sinks.registry_server import Listener, RegistryServer
from ..sinks.served_image import served_image


def run(options: argparse.Namespace) -> None:
    images = [read_image(path) for path in options.recipes]
    names = [parse_reference(f"{image.name}:{image.tag or options.tag}") for image in images]
    with suppress(KeyboardInterrupt), layer_contents() as contents:
        served = [served_image(image, name, contents) for image, name in zip(images, names, strict=True)]
        with RegistryServer(Registry(served), options.host, options.port, _Errors()) as server:
            if not server.local_only:
                _say(f"nixdock: warning: {server.address} is open to the network: anybody there can pull these images")
            for image in served:
                print(f"{server.address}/{image.repository}:{image.tag}", flush=True)
            server.serve_forever()


class _Errors(Listener):
    def failed(self, error: NixdockError) -> None:
        _say(f"nixdock: error: {error}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
