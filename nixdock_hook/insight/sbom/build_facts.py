"""What the derivation of a store path tells about it: the package's name and version, its sources and its patches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...documents import canonical_json
from ...documents.canonical_json import MOST_OF_OURS
from ...errors import InvalidImage
from ...store.place import name_of, split_name
from .derivations import Derivation, Output

_STORE_PATH = re.compile(r"/nix/store/[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+\-._?=]+")
_CVE = re.compile(r"CVE[-_](\d{4})[-_](\d{4,19})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """What was fetched.

    algorithm, hash: of the file itself, `sha256` and hexadecimal digits; "" where Nix only knows that of a NAR, of
    what was unpacked from it. nar_hash: that one, `sha256:HEX`, or "".
    """

    url: str
    algorithm: str = ""
    hash: str = ""
    nar_hash: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch that was applied. name: its file's. url: where it was fetched from, or "". cves: ids in its name."""

    name: str
    url: str = ""
    cves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What a .drv says of one of its outputs."""

    name: str
    version: str
    output: str
    sources: tuple[Source, ...] = ()
    patches: tuple[Patch, ...] = ()


def build_facts(derivations: Mapping[str, Derivation]) -> dict[str, BuildFacts]:
    """Return for each store path that these derivations make what they say about it."""
    fetched = {output.path: _sources(_variables(one), output) for one in derivations.values() for output in _fixed(one)}
    facts: dict[str, BuildFacts] = {}
    for one in derivations.values():
        variables = _variables(one)
        name, version = _name_and_version(variables)
        sources = tuple(source for path in _store_paths(variables, "src", "srcs") for source in fetched.get(path, ()))
        patches = tuple(_patch(path, fetched) for path in _store_paths(variables, "patches"))
        for output_name, output in one.outputs.items():
            if output.path:
                own = fetched.get(output.path, sources)
                facts[output.path] = BuildFacts(name, version, output_name, own, patches)
    return facts


def fetched_sources(derivations: Mapping[str, Derivation]) -> list[tuple[str, Source]]:
    """Return path and source of what was fetched, sorted; a source of several URLs comes once for each."""
    fetched = [
        (output.path, source)
        for one in derivations.values()
        for output in _fixed(one)
        for source in _sources(_variables(one), output)
    ]
    return sorted(fetched, key=lambda pair: (pair[0], pair[1].url))


def cves_in(name: str) -> tuple[str, ...]:
    """Return the CVE ids in the name of a patch, sorted, as the list of CVEs writes them."""
    return tuple(sorted({f"CVE-{year}-{number}" for year, number in _CVE.findall(name)}))


def _fixed(derivation: Derivation) -> Iterator[Output]:
    return (output for output in derivation.outputs.values() if output.path and output.hash)


def _variables(derivation: Derivation) -> Mapping[str, Any]:
    """The attributes of a derivation; structured ones are a JSON document in the environment."""
    text = derivation.environment.get("__json")
    if text is None:
        return derivation.environment
    try:
        value = canonical_json.load(text.encode(), "__json", most=MOST_OF_OURS)
    except InvalidImage:
        return {}
    return value if isinstance(value, dict) else {}


def _name_and_version(variables: Mapping[str, Any]) -> tuple[str, str]:
    name, pname, version = (_text(variables.get(key)) for key in ("name", "pname", "version"))
    if pname:
        return pname, version
    return (name.removesuffix(f"-{version}"), version) if version else split_name(name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _store_paths(variables: Mapping[str, Any], *names: str) -> list[str]:
    """The store paths that some variables mention, in their order; a part of one stands for the whole."""
    mentioned = (_STORE_PATH.findall(" ".join(_words(variables.get(name)))) for name in names)
    return list(dict.fromkeys(path for paths in mentioned for path in paths))


def _words(value: object) -> Iterator[str]:
    """The words of a variable: of a text, or of a list of them."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield from item.split()


def _sources(variables: Mapping[str, Any], output: Output) -> tuple[Source, ...]:
    urls = dict.fromkeys(url for name in ("url", "urls") for url in _words(variables.get(name)) if ":" in url)
    return tuple(_source(url, output) for url in urls)


def _source(url: str, output: Output) -> Source:
    method, _, algorithm = output.method.rpartition(":")
    if method:  # r: of a NAR; text:, git: of what only Nix can check
        return Source(url, nar_hash=f"{algorithm}:{output.hash}" if method == "r" else "")
    return Source(url, algorithm, output.hash)


def _patch(path: str, fetched: Mapping[str, tuple[Source, ...]]) -> Patch:
    name = name_of(path)
    urls = [source.url for source in fetched.get(path, ())]
    return Patch(name, urls[0] if urls else "", cves_in(name))
