"""The execution parameters of an image (`Env`, `Cmd` …): their keys, and the types that runtimes can read.

config.json beside this file holds both, for nix/internal/checked-config.nix too, which checks what users write. Its
keys are those of the image specification (config.md, "config") and of docker's container.Config, which its images may
have.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from ..errors import InvalidInput, shown
from .tables import table

_HAS_TYPE: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "strings": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "strings by name": lambda value: _holds(value, str),
    "names": lambda value: _holds(value, dict),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
}


def checked_config(config: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return the config of somebody else's image, its known keys as the specification spells them.

    Null counts as absent; a string in the place of a command is the list of this one word, as docker reads it.
    What no runtime could read is noted in `problems`.
    """
    return _checked(config, table("config")["keys"], "config", problems)


def respell(value: Mapping[str, Any], known: Iterable[str], at: str, problems: list[str]) -> dict[str, Any]:
    """Return the object with its known keys in the specification's spelling: Go's programs read them in any case.

    Two spellings of one key are a problem, since the last one in the document counts.
    """
    names = {key.casefold(): key for key in known}
    respelled: dict[str, Any] = {}
    for key, item in value.items():
        name = names.get(key.casefold(), key)
        if name in respelled:
            problems.append(f"{f'{at}.' if at else ''}{name} is there in two spellings")
        respelled[name] = item
    return respelled


Inheritance = Literal["env", "all", "none"]
"""What an image's config takes over from its base's, see `inherit_config`."""
_INHERITANCES: tuple[Inheritance, ...] = get_args(Inheritance)


def checked_inheritance(given: object) -> Inheritance:
    """Return the `inheritConfig` that a user gave in Nix."""
    for word in _INHERITANCES:
        if given == word:
            return word
    raise InvalidInput(shown(given), "inheritConfig", 'use "env", "all" or "none"')


def inherit_config(base: dict[str, Any], ours: dict[str, Any], how: Inheritance) -> dict[str, Any]:
    """Return the config of an image on a base.

    how: "env" (as dockerTools: the base's Env below ours, nothing else), "all" (every setting of the base that ours
    lacks; Env, Labels, Volumes and ExposedPorts joined), "none".
    """
    if how == "none":
        base = {}
    config = dict(ours)
    if how == "all":
        config = base | {key: value for key, value in ours.items() if value is not None or key not in base}
        for name in ("Labels", "Volumes", "ExposedPorts"):
            if joined := (base.get(name) or {}) | (ours.get(name) or {}):
                config[name] = joined
    env = merge_env(base.get("Env") or [], ours.get("Env") or [])
    return config | {"Env": env} if env else config


def with_defaults(config: dict[str, Any], settings: Mapping[str, str], variables: Sequence[str]) -> dict[str, Any]:
    """Return a config with these settings, and with these variables behind its own, without those that it has."""
    added = {key: value for key, value in settings.items() if config.get(key) is None}
    env = config.get("Env") or []
    names = {entry.partition("=")[0] for entry in env}
    more = [entry for entry in variables if entry.partition("=")[0] not in names]
    return config | added | ({"Env": [*env, *more]} if more else {})


def with_inner_entrypoint(config: dict[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with the base's Entrypoint behind its own, a program that starts another (tini).

    One that starts the base's program already is not started by a second of its name.
    """
    outer, inner = config.get("Entrypoint") or [], base.get("Entrypoint") or []
    if outer and inner and os.path.basename(inner[0]) == os.path.basename(outer[0]):
        return config | {"Entrypoint": inner}
    return config | {"Entrypoint": [*outer, *inner]}


def merge_env(base: list[str], ours: list[str]) -> list[str]:
    """Join variables, the base's first, one entry for each; ours wins, and of two of ours the last."""
    variables: dict[str, str] = {}
    for entry in [*base, *ours]:
        variable = entry.partition("=")[0]
        variables.pop(variable, None)
        variables[variable] = entry
    return list(variables.values())


def _checked(value: Mapping[str, Any], keys: Mapping[str, Any], at: str, problems: list[str]) -> dict[str, Any]:
    checked, words = respell(value, keys, at, problems), table("config")["types"]
    for key in checked.keys() & keys.keys():
        spec, item, path = keys[key], checked[key], f"{at}.{key}"
        if spec.get("orWord") and isinstance(item, str):
            checked[key] = [item]
        elif item is not None and not _HAS_TYPE[spec["type"]](item):
            problems.append(f"{path} is not {words[spec['type']]}")
        elif item is not None and "keys" in spec:
            checked[key] = _checked(item, spec["keys"], path, problems)
    return checked


def _holds(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(item is None or isinstance(item, kind) for item in value.values())
