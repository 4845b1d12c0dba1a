"""Write the demo's page: python3 page.py RECIPE TITLE > index.html."""

import html
import json
import sys

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 56rem; padding: 0 1rem; color: #1d2733 }
h1 { font-size: 1.6rem } code { font-size: .85em; overflow-wrap: anywhere }
.layer { border: 1px solid #c6d3e1; border-left: .5rem solid #4a7ebb; border-radius: .4rem }
.layer { padding: .6rem 1rem; margin: .6rem 0 } .layer.top { border-left-color: #5fa36a }
.size { float: right; color: #5b6b7c } ul { margin: .3rem 0; padding-left: 1.2rem }
"""


def layer(number: int, layer: dict) -> str:
    """One layer below the page's own, with the store paths in it."""
    paths = "".join(f"<li><code>{html.escape(path)}</code></li>" for path in layer["source"]["paths"])
    size = f"{layer['size'] / 1e6:.1f} MB"
    return (
        f'<div class="layer"><span class="size">{size}</span><b>Layer {number}</b>'
        f"<br><code>{layer['diff_id']}</code><ul>{paths}</ul></div>"
    )


def page(recipe: dict, title: str) -> str:
    """The whole page: the image's layers, the top one first."""
    layers = [layer(number, value) for number, value in enumerate(recipe["layers"], 1)]
    top = f'<div class="layer top"><b>Layer {len(layers) + 1}</b>: this page and nothing else</div>'
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><p>This page is served from a container image that Nix built without Docker. "
        "Each layer holds only what the layers below it do not have:</p>"
        f"{top}{''.join(reversed(layers))}</html>\n"
    )


with open(sys.argv[1]) as file:
    print(page(json.load(file), html.escape(sys.argv[2])), end="")
