"""`nixdock report`: what the page holds, and what it must not."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.insight.difference import compare
from nixdock_hook.insight.report.page import page
from tests.support import images
from tests.support.command import error_of, nixdock
from tests.support.nix_images import BASH, GLIBC, HELLO, nix_archive, nix_layers, opened, store_files

VOID = {"meta", "input", "br", "rect"}
OPTIONAL = {"th", "td", "tr", "thead", "tbody", "dt", "dd", "li", "p"}
"""Elements whose end tag HTML lets one leave out (HTML, 13.1.2.4)."""
HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Elements, attributes and text of a page; complains of tags that do not belong together."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.problems += [f"{tag} is never closed" for tag in self._open if tag not in OPTIONAL]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) != len(attrs):
            self.problems.append(f"{tag} has an attribute twice")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1] != tag and self._open[-1] in OPTIONAL:
            self._open.pop()
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def attributes(self, name: str) -> list[str]:
        return [str(attrs[name]) for _, attrs in self.elements if name in attrs]

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.elements)


def page_of(archive: Path, other: Path | None = None) -> str:
    with opened(archive) as image:
        if other is None:
            return page(image)
        with opened(other) as before:
            return page(image, compare(before, image, files=True))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return nix_archive(tmp_path / "image.tar", etc__a=b"x" * 2000, etc__b=b"x" * 2000)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    layers = [*nix_layers(), images.layer(store_files(f"/nix/store/{'z' * 32}-zlib-1.3"))]
    return images.docker_archive(tmp_path / "changed.tar", layers, config={"Cmd": ["other"]})


def test_it_is_well_formed_and_its_links_lead_somewhere(archive: Path, changed: Path) -> None:
    for html in (page_of(archive), page_of(changed, archive)):
        parsed = Page(html)
        assert parsed.problems == []
        names = parsed.attributes("id")
        assert len(set(names)) == len(names)
        pointed = [link.removeprefix("#") for link in parsed.attributes("href")]
        assert {*pointed, *parsed.attributes("for"), *parsed.attributes("aria-labelledby")} <= set(names)


def test_it_asks_nobody_for_anything(archive: Path, changed: Path) -> None:
    html = page_of(changed, archive)
    parsed = Page(html)
    assert not {tag for tag, _ in parsed.elements} & {"link", "img", "iframe", "object", "form", "base", "use"}
    assert not parsed.attributes("src") and all(link.startswith("#") for link in parsed.attributes("href"))
    assert "http" not in html.replace("http-equiv", "") and "@import" not in html and "url(" not in html


def test_only_its_own_script_may_run(archive: Path) -> None:
    html = page_of(archive)
    [script] = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = [value for value in Page(html).attributes("content") if "default-src" in value]
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy


def test_all_that_is_in_the_image_is_in_its_tables(archive: Path) -> None:
    html = page_of(archive)
    for path in (GLIBC, BASH, HELLO):
        assert path.rpartition("/")[2] in html
    assert "config.Cmd → hello 2.12.1 → bash 5.2.26 → readline 8.2" in html
    assert "/etc/a<br>/etc/b" in html
    assert html.count("<tr><th scope=row") == 5 + 4 + 4 + 1  # layers, contributors, components, duplicates


def test_each_line_of_the_config_is_one(tmp_path: Path) -> None:
    html = page_of(nix_archive(tmp_path / "image.tar", {"Env": ["A=1", "B=2"], "Labels": {"x": "y", "z": ""}}))
    assert "<dt>Env<dd>A=1\nB=2<dt>Labels<dd>x = y\nz" in html


def test_tables_have_captions_and_headings(archive: Path, changed: Path) -> None:
    parsed = Page(page_of(changed, archive))
    assert parsed.count("table") == parsed.count("caption") == parsed.count("thead") > 4
    assert set(parsed.attributes("scope")) == {"col", "row"}
    assert ("html", {"lang": "en"}) in parsed.elements
    assert parsed.count("h1") == parsed.count("main") == 1


def test_the_search_is_hidden_where_no_script_runs(archive: Path) -> None:
    assert '<p class="find" hidden><label for="find">' in page_of(archive)


def test_the_changes(archive: Path, changed: Path) -> None:
    html = page_of(changed, archive)
    assert '<section id="changes"' in html and '<section id="changes"' not in page_of(archive)
    assert re.search(r"<tr><th scope=row>zlib<td>added<td>1\.3<td class=n>\+", html)
    assert re.search(r"<th scope=row>/etc/a<td>removed<td class=n>-2 kB", html)


def hostile_images(tmp_path: Path) -> tuple[Path, Path]:
    names = {f"nix/store/{'q' * 32}-q-1/{HOSTILE}": b"y" * 2000, f"etc/{HOSTILE}": b"y" * 2000}
    config: dict[str, Any] = {
        **{"Env": [f"{HOSTILE}={HOSTILE}"], "Cmd": [HOSTILE, f"/nix/store/{'q' * 32}-q-1"]},
        **{"Labels": {HOSTILE: HOSTILE}, HOSTILE: [f"/nix/store/{'q' * 32}-q-1"]},
    }
    layers = [images.layer(names)]
    whole = images.image_config(layers, config) | {"created": HOSTILE, "variant": HOSTILE}
    whole["history"][0]["created_by"] = HOSTILE
    first = images.docker_archive(tmp_path / "hostile.tar", layers, tags=[f"{HOSTILE}:{HOSTILE}"], image=whole)
    other = images.docker_archive(tmp_path / "other.tar", [images.layer({"a": b""})], tags=[f"{HOSTILE}:{HOSTILE}"])
    return first, other


def test_what_an_image_says_is_text_everywhere(tmp_path: Path) -> None:
    first, other = hostile_images(tmp_path)
    plain = Page(page_of(nix_archive(tmp_path / "plain.tar")))
    for html in (page_of(first), page_of(first, other), page_of(other, first)):
        parsed = Page(html)
        assert parsed.problems == []
        assert parsed.count("script") == 1 and parsed.count("img") == 0
        assert {name for _, attrs in parsed.elements for name in attrs} <= {
            name for _, attrs in plain.elements for name in attrs
        }
        assert HOSTILE in "".join(parsed.texts)


def test_an_image_without_anything(tmp_path: Path) -> None:
    empty = images.docker_archive(tmp_path / "empty.tar", [images.layer({})])
    html = page_of(empty)
    assert Page(html).problems == [] and "It has no store paths." in html


def test_a_page_about_a_thousand_store_paths_is_small(tmp_path: Path) -> None:
    digits = "0123456789abcdfghijklmnpqrsvwxyz"
    names = [f"{digits[n // 32] * 16}{digits[n % 32] * 16}-some-package-name-{n}.2.3" for n in range(1000)]
    paths = [f"/nix/store/{name}" for name in names]
    layers = []
    for at in range(0, 1000, 10):
        files = [store_files(path, content=b"x" * (at + 1)) for path in paths[at : at + 10]]
        layers.append(images.layer({name: content for one in files for name, content in one.items()}))
    archive = images.docker_archive(tmp_path / "large.tar", layers, config={"Cmd": paths[:1]})
    html = page_of(archive)
    assert all(name in html for name in names)
    assert len(html.encode()) <= 300_000


class TestCommand:
    def test_it_writes_the_page(self, tmp_path: Path, archive: Path, changed: Path) -> None:
        done = nixdock("report", changed, archive, "-o", tmp_path / "report.html")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")

    def test_a_failure_leaves_what_was_there(self, tmp_path: Path, archive: Path) -> None:
        (tmp_path / "report.html").write_text("before")
        assert error_of("report", archive, tmp_path / "none", "-o", tmp_path / "report.html").startswith(
            "there is no such"
        )
        assert (tmp_path / "report.html").read_text() == "before"

    def test_a_place_that_is_none(self, tmp_path: Path, archive: Path) -> None:
        assert error_of("report", archive, "-o", tmp_path / "none/x.html").startswith("No such file or directory in ")
