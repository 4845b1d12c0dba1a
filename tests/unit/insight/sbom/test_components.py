"""Which source says what a store path is, and what an image begins with."""

from __future__ import annotations

from nixdock_hook.insight.sbom.build_facts import BuildFacts, Source
from nixdock_hook.insight.sbom.components import bill_of
from nixdock_hook.insight.sbom.model import PlacedPath
from nixdock_hook.insight.sbom.package_meta import PackageMeta
from tests.support.bills import CONF, HELLO, LIBC, image


def test_each_component_says_how_it_is_known() -> None:
    paths = (PlacedPath(HELLO), PlacedPath(LIBC), PlacedPath(CONF))
    facts = {HELLO: BuildFacts("other", "0", "out", (Source("s"),)), LIBC: BuildFacts("libc", "2", "bin")}
    meta = {HELLO: ("out", PackageMeta("hello", "2.10", description="greets"))}
    hello, libc, conf = bill_of(image(paths=paths), meta, facts).components
    assert (hello.source, hello.name, hello.version, hello.sources) == ("meta", "hello", "2.10", (Source("s"),))
    assert (libc.source, libc.name, libc.version, libc.output) == ("drv", "libc", "2", "bin")
    assert (conf.source, conf.name, conf.version, conf.output) == ("name", "conf", "", "out")


def test_the_names_of_outputs() -> None:
    path = f"/nix/store/{'a' * 32}-openssl-3.0.14-bin"
    [component] = bill_of(image(paths=(PlacedPath(path),)), {}, {}).components
    assert (component.name, component.version, component.output) == ("openssl", "3.0.14", "bin")


def test_what_an_image_begins_with() -> None:
    assert bill_of(image(), {}, {}).top == (HELLO,)
    assert bill_of(image(config={"Cmd": [f"{LIBC}/bin/ldd"]}), {}, {}).top == (HELLO, LIBC)
    copied = (PlacedPath(HELLO, references=(LIBC,)), PlacedPath(LIBC, is_copied=True, references=()))
    assert bill_of(image(paths=copied), {}, {}).top == (HELLO, LIBC)


def test_nothing_is_beyond_reach_where_references_are_unknown() -> None:
    unknown = (PlacedPath(HELLO), PlacedPath(LIBC))
    assert bill_of(image(paths=unknown), {}, {}).top == (HELLO, LIBC)


def test_a_claim_of_a_base_is_known_by_its_name() -> None:
    claimed = (PlacedPath(HELLO, is_claimed=True),)
    [found] = bill_of(image(paths=claimed), {HELLO: ("out", PackageMeta("other"))}, {}).components
    assert (found.source, found.name) == ("name", "hello")
