"""What the template `layered` has for CI, as CI runs it: `nix flake init`, then each job's steps against a registry.

The registry speaks TLS and wants a login. Only where nixpkgs and nixdock come from is this machine's.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.nix import Nix
from tests.support.registry import PASSWORD, USER, Registry, make_certificate, registry_server
from tests.support.tools import ROOT, SYSTEM_PATH, need, output

EMBEDDED = ROOT / "nix/embedded"
INPUTS = {"github:NixOS/nixpkgs/nixos-unstable": str(EMBEDDED), "github:nixdock/nixdock": str(ROOT)}
# The embedded set is made of this machine's packages, which pure evaluation may not read.
IMPURE_NIX = '#!/bin/sh\ncommand=$1; shift\nexec {nix} "$command" --impure "$@"\n'


@dataclass(frozen=True)
class Project:
    """A project that was begun with the template. environment: that of its jobs."""

    directory: Path
    registry: Registry
    environment: Mapping[str, str]

    def run(self, shell: list[str], script: str, **more: str) -> str:
        """Run a job's script; returns its stdout."""
        environment = {**self.environment, **more}
        command = [*shell, script]
        done = subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done.stdout

    def change(self) -> None:
        """Put one package more into the image."""
        flake = self.directory / "flake.nix"
        before = flake.read_text()
        flake.write_text(before.replace("[ pkgs.hello ]", '[ pkgs.hello (pkgs.writeTextDir "new" "x") ]'))
        assert flake.read_text() != before
        self.commit()

    def commit(self) -> None:
        """Commit all that is there."""
        git = [need("git"), "-C", str(self.directory), "-c", "user.name=tests", "-c", "user.email=tests@localhost"]
        output(*git, "add", "--all")
        output(*git, "commit", "--quiet", "--message=change")

    def layers(self, printed: str) -> set[str]:
        """The layers' digests of what a job says that it pushed, NAME:TAG@DIGEST."""
        manifest = json.loads(self.registry.blob_file(printed.strip().partition("@")[2]).read_text())
        return {layer["digest"] for layer in manifest["layers"]}


@pytest.fixture
def project(nix: Nix, tmp_path: Path) -> Iterator[Project]:
    places = {name: tmp_path / name for name in ("project", "source", "bin", "home", "registry", "certificate")}
    for place in places.values():
        place.mkdir()
    begin(places["project"], places["source"], nix)
    (places["bin"] / "nix").write_text(IMPURE_NIX.format(nix=need("nix")))
    (places["bin"] / "nix").chmod(0o755)
    flakes = [{"from": {"type": "indirect", "id": "nixpkgs"}, "to": {"type": "path", "path": str(EMBEDDED)}}]
    (tmp_path / "flakes.json").write_text(json.dumps({"version": 2, "flakes": flakes}))
    certificate = make_certificate(places["certificate"])
    environment = {
        **nix.configured(f"flake-registry = {tmp_path}/flakes.json").environment,
        "PATH": f"{places['bin']}:{SYSTEM_PATH}",
        "HOME": str(places["home"]),
        "XDG_RUNTIME_DIR": str(places["home"]),
        "SSL_CERT_FILE": str(certificate.file),
    }
    with registry_server(places["registry"], login=True, certificate=certificate) as registry:
        begun = Project(places["project"], registry, environment)
        begun.commit()
        yield begun


def begin(project: Path, source: Path, nix: Nix) -> None:
    """`nix flake init` in a new repository. source: of the template."""
    # The flake of this repository without its input, which is not at hand.
    (source / "flake.nix").write_text("{ outputs = _: { templates = import ./templates; }; }")
    shutil.copytree(ROOT / "nix/templates", source / "templates")
    output(need("git"), "init", "--quiet", project)
    command = [need("nix"), "flake", "init", "-t", f"path:{source}#layered"]
    subprocess.run(command, cwd=project, env=nix.environment, capture_output=True, check=True)
    flake = project / "flake.nix"
    text = flake.read_text()
    for url, here in INPUTS.items():
        assert f'"{url}"' in text
        text = text.replace(f'"{url}"', f'"{here}"')
    flake.write_text(text)


def github_steps(text: str, values: Mapping[str, str]) -> list[tuple[dict[str, str], str]]:
    """The environment and the command of each step that runs one, expressions replaced as GitHub does."""

    def filled(words: str) -> str:
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: values[found[1]], words)

    steps = text.split("steps:\n")[1].split("\n      - ")
    return [
        (
            {name: filled(value) for name, value in re.findall(r"^          (\w+): (.+)$", step, re.MULTILINE)},
            filled(command[1]),
        )
        for step in steps
        if (command := re.search(r"^ *run: ([^|>].*)$", step, re.MULTILINE))
    ]


def test_the_github_workflow(project: Project) -> None:
    values = {
        "secrets.REGISTRY_PASSWORD": PASSWORD,
        "vars.REGISTRY_USER": USER,
        "vars.REGISTRY": f"{project.registry.host}/team",
    }

    def job(commit: str) -> str:
        steps = github_steps((project.directory / ".github/workflows/image.yml").read_text(), values)
        assert len(steps) == 2
        printed = [project.run(["bash", "-e", "-c"], run, GITHUB_SHA=commit, **env) for env, run in steps]
        return printed[-1]

    check_pushes(project, "team/hello", job)


def gitlab_script(text: str) -> tuple[dict[str, str], str]:
    """The variables and the script of a job, whose lines run in one shell."""
    variables = re.findall(r'^    (\w+): "(.*)"$', text.split("variables:\n")[1].split("script:\n")[0], re.MULTILINE)
    script = text.split("script:\n")[1].split("artifacts:\n")[0]
    return dict(variables), "\n".join(re.findall(r"^    - (.*)$", script, re.MULTILINE))


def test_the_gitlab_job_and_the_deployment_of_what_it_pushed(project: Project) -> None:
    def job(commit: str) -> str:
        variables, script = gitlab_script((project.directory / ".gitlab-ci.yml").read_text())
        config = variables.pop("NIX_CONFIG")
        assert config in project.environment["NIX_CONFIG"]
        given = {
            "CI_REGISTRY": project.registry.host,
            "CI_REGISTRY_IMAGE": f"{project.registry.host}/team/hello",
            "CI_REGISTRY_USER": USER,
            "CI_REGISTRY_PASSWORD": PASSWORD,
            "CI_COMMIT_SHORT_SHA": commit,
        }
        project.run(["bash", "-e", "-o", "pipefail", "-c"], script, **given, **variables)
        return (project.directory / "image.txt").read_text()

    check_pushes(project, "team/hello", job)
    text = (project.directory / "deployment.yaml").read_text()
    [command] = re.findall(r"^#   (sed .*) \| kubectl apply -f -$", text, re.MULTILINE)
    deployed = project.run(["bash", "-e", "-c"], command.replace("registry.example", project.registry.host))
    [reference] = re.findall(r"^ +image: (\S+)$", deployed, re.MULTILINE)
    pushed = (project.directory / "image.txt").read_text().strip()
    assert reference.partition("@")[2] == pushed.partition("@")[2]


def check_pushes(project: Project, name: str, job: Callable[[str], str]) -> None:
    """A first commit's job sends all layers, that of the next one those alone that changed; names are of commits."""
    first = job("abc1")
    assert first.startswith(f"{project.registry.host}/{name}:abc1@sha256:")
    sent = project.registry.uploads()
    assert sent == len(project.layers(first)) + 1
    project.change()
    second = job("abc2")
    new = project.layers(second) - project.layers(first)
    assert new
    assert new != project.layers(second)
    assert project.registry.uploads() - sent == len(new) + 1
