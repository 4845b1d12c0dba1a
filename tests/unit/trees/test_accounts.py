"""Users and groups, alone and joined with those of a base."""

from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.trees.accounts import Accounts, Group, User, accounts_in_builds

PASSWD = b"root:x:0:0:root:/root:/bin/ash\nwww-data:x:33:33::/var/www:/bin/false\n"
GROUP = b"root:x:0:\nwww-data:x:33:\naudio:x:29:pulse\n"
BASE = {
    "passwd": PASSWD,
    "group": GROUP,
    "shadow": b"root:*:19000:0:99999:7:::\n",
    "gshadow": b"root:*::\naudio:*::pulse\n",
}


def user(name: str = "app", uid: int = 1000, gid: int | None = None, **more: object) -> User:
    groups = more.get("groups", ())
    assert isinstance(groups, tuple)
    return User(name, uid, uid if gid is None else gid, "/home/app", "/sbin/nologin", "", groups)


def test_without_files_there_are_root_and_nobody_and_no_password() -> None:
    files = Accounts([user()], [], {}).files()
    assert files["passwd"].decode() == (
        "root:x:0:0:root:/root:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/var/empty:/sbin/nologin\n"
        "app:x:1000:1000::/home/app:/sbin/nologin\n"
    )
    assert files["group"] == b"root:x:0:\nnogroup:x:65534:\napp:x:1000:\n"
    assert files["shadow"].splitlines()[-1] == b"app:!:1::::::"
    assert files.keys() == {"passwd", "group", "shadow"}


@pytest.mark.parametrize(
    ("users", "groups", "passwd", "group"),
    [
        ([user("nobody", 65534)], [], [b"nobody:65534"], [b"nogroup:65534"]),
        ([user("nobody", 99)], [], [b"nobody:99"], [b"nogroup:65534", b"nobody:99"]),
        ([user(uid=65534)], [Group("nobody", 65534)], [b"app:65534"], [b"nobody:65534"]),
        ([], [Group("nogroup", 99)], [b"nobody:65534"], [b"nogroup:99"]),
    ],
)
def test_nobody_gives_way_to_what_is_declared(
    users: list[User], groups: list[Group], passwd: list[bytes], group: list[bytes]
) -> None:
    files = Accounts(users, groups, {}).files()

    def accounts(name: str) -> list[bytes]:
        lines = [line.split(b":") for line in files[name].splitlines()]
        return [line[0] + b":" + line[2] for line in lines][1:]

    assert (accounts("passwd"), accounts("group")) == (passwd, group)
    assert [line.split(b":")[0] for line in files["shadow"].splitlines()[1:]] == [
        line.split(b":")[0] for line in passwd
    ]


def test_root_is_always_there() -> None:
    with pytest.raises(InvalidInput, match="uid 0 for app, where /etc/passwd has root with uid 0 in users.app: take"):
        Accounts([user(uid=0)], [], {})


def test_the_files_of_a_base_are_continued() -> None:
    files = Accounts([user(groups=("audio", "more"))], [Group("more", 50, ("www-data",))], BASE).files()
    assert files["passwd"] == PASSWD + b"app:x:1000:1000::/home/app:/sbin/nologin\n"
    assert files["group"].splitlines()[2:] == [b"audio:x:29:pulse,app", b"more:x:50:www-data,app", b"app:x:1000:"]
    assert files["shadow"] == BASE["shadow"] + b"app:!:1::::::\n"
    assert files["gshadow"].splitlines() == [b"root:*::", b"audio:*::pulse,app", b"more:!::www-data,app", b"app:!::"]


def test_a_base_without_shadow_gets_none() -> None:
    assert Accounts([user()], [], {"passwd": PASSWD, "group": GROUP}).files().keys() == {"passwd", "group"}


def test_lines_that_nobody_declared_stay_byte_for_byte() -> None:
    strange = b"# comment\r\n\n+::::::\nroot:x:0:0:\xff:/:/bin/sh\nroot:x:0:0:twice:/:/bin/sh\nno colon"
    files = Accounts([user()], [], {"passwd": strange, "group": GROUP}).files()
    assert files["passwd"] == strange + b"\napp:x:1000:1000::/home/app:/sbin/nologin\n"


COMMENTED = b"# name:x:uid\n#old:x:1000:1000::/:/x\n \t# x:x:1000:1\n+@all:x:1000:1000::/:/x\n-app::::::\n"


def test_comments_and_nis_entries_take_nobodys_id() -> None:
    files = Accounts([user()], [], {"passwd": COMMENTED, "group": b"#app:x:1000:\n" + GROUP}).files()
    assert files["passwd"] == COMMENTED + b"app:x:1000:1000::/home/app:/sbin/nologin\n"
    assert files["group"] == b"#app:x:1000:\n" + GROUP + b"app:x:1000:\n"


@pytest.mark.parametrize(
    ("line", "joined"),
    [
        (b"audio:x:29:", b"audio:x:29:app"),
        (b"audio:x:29:pulse,", b"audio:x:29:pulse,app"),
        (b"audio:x:29:app", b"audio:x:29:app"),
        (b"audio:x:29", b"audio:x:29:app"),
        (b"audio:x:29:pulse\r", b"audio:x:29:pulse,app"),
    ],
)
def test_members_are_added_to_a_line_of_any_form(line: bytes, joined: bytes) -> None:
    there = {"passwd": PASSWD, "group": b"root:x:0:\r\n" + line}
    files = Accounts([user(groups=("audio",))], [], there).files()
    assert files["group"] == b"root:x:0:\r\n" + joined + b"\napp:x:1000:\n"


def test_a_line_without_an_id_is_no_account() -> None:
    files = Accounts([user()], [], {"passwd": b"app:x\n" + PASSWD, "group": b"app\napp:x\n" + GROUP}).files()
    assert files["passwd"] == b"app:x\n" + PASSWD + b"app:x:1000:1000::/home/app:/sbin/nologin\n"
    assert files["group"] == b"app\napp:x\n" + GROUP + b"app:x:1000:\n"


def test_an_empty_file_gets_no_empty_line() -> None:
    files = Accounts([user()], [], {"passwd": b"", "group": b""}).files()
    assert files == {"passwd": b"app:x:1000:1000::/home/app:/sbin/nologin\n", "group": b"app:x:1000:\n"}


@pytest.mark.parametrize(("there", "other"), [("passwd", "group"), ("group", "passwd")])
def test_of_passwd_and_group_one_alone_gets_the_other_with_root(there: str, other: str) -> None:
    files = Accounts([user()], [], {there: BASE[there]}).files()
    assert files[there].startswith(BASE[there])
    assert files[other].startswith(b"root:x:0:")
    assert files.keys() == {"passwd", "group"}


def test_members_are_users_of_the_base_or_declared() -> None:
    files = Accounts([user()], [Group("team", 50, ("app", "www-data"))], BASE).files()
    assert b"team:x:50:app,www-data" in files["group"].splitlines()


def test_a_primary_group_that_is_there_is_taken() -> None:
    assert b"\napp:" not in Accounts([user(gid=33)], [], BASE).files()["group"]


def test_the_same_user_again_is_replaced() -> None:
    passwd = Accounts([user("www-data", 33)], [], BASE).files()["passwd"]
    assert passwd.count(b"www-data") == 1
    assert b"www-data:x:33:33::/home/app:/sbin/nologin" in passwd


@pytest.mark.parametrize(
    ("users", "groups", "says"),
    [
        ([user(uid=33)], [], "uid 33 for app, where /etc/passwd has www-data with uid 33 in users.app"),
        ([user("www-data", 34)], [], "uid 34 for www-data, where /etc/passwd has www-data with uid 33|gid 34"),
        ([], [Group("app", 29)], "gid 29 for app, where /etc/group has audio with gid 29 in groups.app"),
        ([], [Group("audio", 30)], "gid 30 for audio, where /etc/group has audio with gid 29"),
        ([user("audio")], [], "gid 1000 for audio, where /etc/group has audio with gid 29"),
        ([user("a"), user("b", 1000, 33)], [], "uid 1000 for b, where /etc/passwd has a with uid 1000"),
        ([], [Group("g", 50, ("x\nroot2::0:",))], "there is no user x root2::0: in groups.g: declare it in users"),
        ([user(groups=("nobody-knows",))], [], "there is no group nobody-knows in users.app: declare it in groups"),
    ],
)
def test_who_takes_the_name_or_id_of_another_is_an_error(users: list[User], groups: list[Group], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Accounts(users, groups, BASE)


def test_ids_by_name_come_from_both() -> None:
    accounts = Accounts([user()], [], BASE)
    assert accounts.ids_of_user("app", "") == (1000, 1000)
    assert accounts.ids_of_user("www-data", "") == (33, 33)
    assert accounts.id_of_group("audio", "") == 29
    with pytest.raises(InvalidInput, match=r"there is no user who in directories: declare it in users"):
        accounts.ids_of_user("who", "directories")


def test_accounts_of_builds_beside_those_of_an_image() -> None:
    found = accounts_in_builds({"passwd": b"# mine\napp:x:5:6::/:/x\nnobody:x:7:8::/:/x", "shadow": b"app:!:::::::\n"})
    assert found["passwd"].startswith(b"# mine\napp:x:5:6::/:/x\nnobody:x:7:8::/:/x\nroot:x:0:0:")
    assert found["passwd"].endswith(b"\nnixbld:x:1000:100:Nix build user:/build:/noshell\n")
    assert found["group"] == b"root:x:0:\nnogroup:x:65534:\nnixbld:!:100:\n"
    assert set(found) == {"passwd", "group"}
