"""dockerTools' helpers at work in a container."""

from __future__ import annotations

import ssl

from tests.support.docker import Docker

from .loader import Loader


def test_a_script_finds_its_interpreter_by_usr_bin_env(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.usrBinEnv")
    assert docker.run(reference) == "found by /bin/found\n"


def test_a_script_runs_under_bin_sh(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.binSh")
    assert docker.run(reference) == "run by /bin/sh\n"


def test_the_root_certificates_are_real_ones(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.caCertificates")
    context = ssl.create_default_context(cadata=docker.run(reference))
    assert len(context.get_ca_certs()) > 100
    for place in ("/etc/ssl/certs/ca-bundle.crt", "/etc/pki/tls/certs/ca-bundle.crt"):
        assert docker.run(reference, "/bin/cat", place) == docker.run(reference)


def test_users_are_found_by_name(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.fakeNss")
    assert docker.run(reference).splitlines() == [
        "uid=33(web) gid=33(www) groups=33(www)",
        "uid=0(root) gid=0(root) groups=0(root)",
        "uid=65534(nobody) gid=65534(nobody) groups=65534(nobody)",
        "/srv",
        "directory",
    ]


def test_shadows_tools_make_users(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.shadowSetup")
    assert docker.run(reference) == "uid=401(reader) gid=400(readers) groups=400(readers)\n/srv/books reader:readers\n"


def test_shadow_files_are_for_root_alone_and_know_no_today(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.shadowSetup")
    tree = docker.tree(reference)
    assert {name: tree[name].mode & 0o777 for name in ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow")} == {
        "etc/passwd": 0o644,
        "etc/group": 0o644,
        "etc/shadow": 0o600,
        "etc/gshadow": 0o600,
    }
    shadow = docker.run(reference, "/bin/cat", "/etc/shadow", options=("--user", "0"))
    assert shadow == "root:!x:::::::\nreader:!:3652::::::\n"  # 1980-01-01, in days


def test_shadow_setup_works_in_run_as_root_too(load: Loader, docker: Docker) -> None:
    _, reference = load("""dockerTools.buildImage {
      name = "shadow-run-as-root";
      copyToRoot = pkgs.busybox;
      runAsRoot = ''
        ${dockerTools.shadowSetup}
        groupadd --system web
        useradd --system --gid web --uid 33 web
      '';
      config.User = "web:web";
    }""")
    assert docker.run(reference, "/bin/id", "-un") == "web\n"


def test_shadow_setup_leaves_what_is_there(docker: Docker, load: Loader) -> None:
    """All of shadowSetup's files are there already, each with a content of its own."""
    places = ["passwd", "shadow", "group", "gshadow", "login.defs", "pam.d/other"]
    image = f"""dockerTools.buildLayeredImage {{
      name = "shadow-kept";
      contents = [ pkgs.busybox ];
      extraCommands = "mkdir -p etc/pam.d; for f in {" ".join(places)}; do echo kept > etc/$f; done";
      enableFakechroot = true;
      fakeRootCommands = dockerTools.shadowSetup;
    }}"""
    _, reference = load(image)
    assert docker.run(reference, "/bin/cat", *(f"/etc/{place}" for place in places)) == "kept\n" * len(places)
