"""Servers and tools of the embedded set do their work where there is nothing but their closure."""

from __future__ import annotations

from pathlib import Path

from tests.support.bare import run_alone
from tests.support.images import docker_archive, layer
from tests.support.nix import Nix
from tests.support.tools import ROOT


def build(nix: Nix, *attributes: str) -> list[Path]:
    options = [word for attribute in attributes for word in ("-A", attribute)]
    paths = nix("nix-build", "--no-out-link", ROOT / "nix" / "embedded", *options).splitlines()
    return [Path(path) for path in paths]


def run_script(nix: Nix, script: str, *attributes: str, options: tuple[str | Path, ...] = ()) -> str:
    """Run a shell script with these packages, bash and coreutils in PATH."""
    packages = build(nix, "bash", "coreutils", *attributes)
    return run_alone(nix, packages, packages[0] / "bin" / "bash", "-euc", script, options=options)


def root_files(tmp_path: Path) -> tuple[str | Path, ...]:
    """An /etc with root alone, which a script may write to."""
    (tmp_path / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "group").write_text("root:x:0:\n")
    return ("--bind", tmp_path, "/etc", "--uid", "0", "--gid", "0")


def test_redis_answers(nix: Nix) -> None:
    script = """
        redis-server --unixsocket /tmp/redis --port 0 --daemonize yes --dir /tmp >/dev/null
        for try in {1..100}; do if [ -S /tmp/redis ]; then break; else sleep 0.05; fi; done
        redis-cli -s /tmp/redis SET answer 42 >/dev/null
        redis-cli -s /tmp/redis GET answer
    """
    assert run_script(nix, script, "redis") == "42\n"


def test_nginx_serves_a_file_with_its_media_type(nix: Nix, tmp_path: Path) -> None:
    [nginx] = build(nix, "nginx")
    temporary = "".join(f"{kind}_temp_path /tmp/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    script = f"""
        mkdir -p /var/log/nginx /tmp/www
        echo '<p>' > /tmp/www/index.html
        cat > /tmp/conf <<END
        user root root; pid /tmp/pid; error_log /tmp/errors; events {{}}
        http {{
            include {nginx}/conf/mime.types; access_log off; client_body_temp_path /tmp/body; {temporary}
            server {{ listen unix:/tmp/socket; root /tmp/www; }}
        }}
END
        nginx -c /tmp/conf
        curl --silent --include --unix-socket /tmp/socket http://localhost/
    """
    answer = run_script(nix, script, "nginx", "curl", options=root_files(tmp_path))
    assert "Content-Type: text/html" in answer
    assert answer.endswith("<p>\n")


def test_nix_keeps_a_store_in_a_bare_container(nix: Nix, tmp_path: Path) -> None:
    """The database is made as an image with includeNixDB does it: what nix-store --dump-db said, loaded again."""
    [program] = build(nix, "nix")
    requisites = nix("nix-store", "--query", "--requisites", program).splitlines()
    (tmp_path / "registration").write_text(nix("nix-store", "--dump-db", *requisites))
    script = f"""
        export HOME=/tmp USER=root
        nix-store --load-db < /registration
        nix-store --verify-path {program}
        nix-store --query --requisites {program} | wc --lines
    """
    options = (*root_files(tmp_path), "--tmpfs", "/nix/var", "--ro-bind", tmp_path / "registration", "/registration")
    assert run_script(nix, script, "nix", options=options) == f"{len(requisites)}\n"


def test_skopeo_copies_without_a_policy_of_its_users(nix: Nix, tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "image.tar", [layer({"a": b"content"})])
    script = """
        mkdir -p /var/tmp
        skopeo copy docker-archive:/image.tar oci:/tmp/layout:x >/dev/null
        skopeo copy oci:/tmp/layout:x dir:/tmp/directory >/dev/null
        ls /tmp/directory
    """
    files = run_script(nix, script, "skopeo", options=("--ro-bind", archive, "/image.tar")).split()
    assert {"manifest.json", "version"} <= set(files)


def test_shadow_adds_users(nix: Nix, tmp_path: Path) -> None:
    script = "mkdir -p /var; groupadd --system redis; useradd --system --gid redis --home-dir /data redis"
    run_script(nix, script, "shadow", options=root_files(tmp_path))
    assert "redis:" in (tmp_path / "group").read_text()
    assert ":/data:" in (tmp_path / "passwd").read_text()


def test_git_commits_and_clones(nix: Nix) -> None:
    """Cloning starts the other side through /bin/sh, wherever git comes from Debian."""
    script = """
        mkdir /bin; ln -s "$(type -P sh)" /bin/sh
        export HOME=/tmp GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
        git init --quiet /tmp/one
        git -C /tmp/one commit --quiet --allow-empty --message first
        git clone --quiet file:///tmp/one /tmp/two
        git -C /tmp/two log --format=%s
    """
    assert run_script(nix, script, "git") == "first\n"


def test_time_zones_services_and_protocols_are_there(nix: Nix) -> None:
    tzdata, iana_etc = build(nix, "tzdata", "iana-etc")
    assert (tzdata / "share/zoneinfo/Europe/Vienna").read_bytes().startswith(b"TZif2")
    assert "443/tcp" in (iana_etc / "etc/services").read_text()
    assert "TCP" in (iana_etc / "etc/protocols").read_text()
