"""Images with a Nix database: what a real Nix says of them, inside a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.docker import Container, Docker
from tests.support.nix import Nix
from tests.support.registry import Registry
from tests.support.skopeo import Skopeo

from .loader import Loader

Registration = dict[str, tuple[str, ...]]
"""Store path → NAR hash, NAR size, number of references, references; the deriver is left out."""


def registrations(dump: str) -> Registration:
    """What `nix-store --dump-db` prints."""
    lines = iter(dump.splitlines())
    found = {}
    for path in lines:
        nar_hash, nar_size, _deriver, count = (next(lines) for _ in range(4))
        found[path] = (nar_hash, nar_size, count, *(next(lines) for _ in range(int(count))))
    return found


def on_top_of(base: str | Path) -> str:
    """The expression of an image on a base; a Path of Python is a path of Nix."""
    return f"""dockerTools.buildImageWithNixDb {{
      name = "top";
      tag = "1";
      fromImage = {base};
      compressor = "none";
      inheritConfig = "all";
      copyToRoot = pkgs.buildEnv {{ name = "hello"; paths = [ pkgs.hello ]; pathsToLink = [ "/bin" ]; }};
    }}"""


def store(container: Container) -> set[str]:
    """The store paths that are there; what starts with a dot is Nix's own."""
    return {f"/nix/store/{name}" for name in container.execute("ls", "/nix/store").split()}


def derivation(container: Container, name: str, program: str, *arguments: str) -> str:
    """An expression of what can be built with nothing but what the container has."""
    package, _, place = container.execute("readlink", "-f", f"/bin/{program}").strip().partition("/bin/")
    builder = f'"${{builtins.storePath {package}}}/bin/{place}"'
    words = " ".join(f'"{argument}"' for argument in arguments)
    system = "builtins.currentSystem"
    return f'derivation {{ name = "{name}"; system = {system}; builder = {builder}; args = [ {words} ]; }}'


def build(container: Container) -> str:
    """Build a small derivation in the container; returns its output's path."""
    expression = derivation(container, "made", "bash", "-c", "echo built in a container > $out")
    return container.execute("nix-build", "--no-out-link", "--expr", expression).strip()


def assert_whole(container: Container, nix: Nix) -> None:
    """Every store path of the container is valid, right, and held; and Nix works there."""
    present = store(container)
    assert len(present) > 40  # Nix's own closure
    known = registrations(container.execute("nix-store", "--dump-db"))
    assert known.keys() == present
    here = [path for path in present if Path(path).exists()]
    assert {path: known[path] for path in here} == registrations(nix("nix-store", "--dump-db", *here))
    assert set(container.execute("nix-store", "-qR", *sorted(present)).split()) == present
    container.execute("nix-store", "--verify", "--check-contents")
    assert container.execute("nix-store", "--gc", "--print-dead") == ""
    made = build(container)
    assert container.execute("cat", made) == "built in a container\n"
    assert set(container.execute("nix-store", "-q", "--references", made).split()) <= present
    assert container.execute("nix-store", "--gc").startswith("2 store paths deleted")  # the build and its .drv
    assert store(container) == present
    container.execute("nix-store", "--verify", "--check-contents")


@pytest.mark.parametrize("name", ["examples.nix", "examples.nixLayered", "examples.nixOnNixBase", "examples.nixUser"])
def test_the_examples(load: Loader, docker: Docker, nix: Nix, name: str) -> None:
    image, reference = load(f"nixdock.{name}")
    docker.run(reference)  # its Cmd verifies
    with docker.container(reference, "sleep", "1000") as container:
        assert set(image.store_paths) <= registrations(container.execute("nix-store", "--dump-db")).keys()
        assert_whole(container, nix)


def test_the_user_is_not_root(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.nixUser")
    assert docker.run(reference, "id", "-u") == "1000\n"
    tree = docker.tree(reference)
    assert {tree[place].uid for place in ("nix/store", "nix/var/nix/db", "nix/var/nix/db/db.sqlite")} == {1000}


def test_on_a_base_of_ours_without_a_database(load: Loader, docker: Docker, nix: Nix) -> None:
    _, reference = load(on_top_of("(nixdock.examples.nixLayered.override { includeNixDB = false; })"))
    with docker.container(reference, "sleep", "1000") as container:
        assert_whole(container, nix)


@pytest.mark.parametrize("with_database", [True, False])
def test_on_a_base_out_of_a_registry(
    load: Loader, docker: Docker, nix: Nix, registry: Registry, skopeo: Skopeo, tmp_path: Path, with_database: bool
) -> None:
    included = "true" if with_database else "false"
    base = nix.image(f'nixdock.examples.nix.override {{ includeNixDB = {included}; compressor = "none"; }}')
    remote = f"docker://{registry.host}/nix:{included}"
    skopeo.copy(f"docker-archive:{base.archive}", remote, "--dest-compress-level", "1")
    skopeo.copy(remote, f"docker-archive:{tmp_path}/base.tar:nix:1")
    _, reference = load(on_top_of(tmp_path / "base.tar"))
    with docker.container(reference, "sleep", "1000") as container:
        assert_whole(container, nix)


def test_on_a_base_that_nix_ran_in(load: Loader, docker: Docker, nix: Nix, tmp_path: Path) -> None:
    """It has a journal beside its database, .drv files and a path that is known there alone."""
    _, reference = load("nixdock.examples.nix")
    with docker.container(reference, "sleep", "1000") as container:
        # A build that goes on keeps the database open, so that what is new stays in the journal.
        endless = derivation(container, "endless", "sleep", "1000")
        docker("exec", "--detach", container.identifier, "nix-build", "--no-out-link", "--expr", endless)
        container.execute("bash", "-c", "until [ -e /nix/var/nix/db/db.sqlite-wal ]; do sleep 0.1; done")
        made = build(container)
        docker("commit", container.identifier, "used:1")
    assert "nix/var/nix/db/db.sqlite-wal" in docker.tree("used:1")
    _, top = load(on_top_of(docker.save("used:1", tmp_path / "used.tar")))
    assert "nix/var/nix/db/db.sqlite-wal" not in docker.tree(top)
    with docker.container(top, "sleep", "1000") as container:
        known = registrations(container.execute("nix-store", "--dump-db"))
        [deriver] = [path for path in known if path.endswith("-made.drv")]
        assert made in known
        assert container.execute("nix-store", "-q", "--outputs", deriver).strip() == made
        container.execute("nix-store", "--verify", "--check-contents")
        dead = container.execute("nix-store", "--gc", "--print-dead").split()
        # What the endless build has left is no store path.
        assert [path.partition("-")[2] for path in store(container) - known.keys()] == ["endless.lock"]
        assert not known.keys() & {*dead}
