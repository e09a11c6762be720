"""The account Postgres runs as when the site is run by root, because Postgres refuses to be root."""

import errno
import os
import pwd
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mse_site.embedded.errors import CannotRun

NAME = "mse-postgres"
USERADD = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME)

# Access control lists as the Linux kernel stores them: include/uapi/linux/posix_acl_xattr.h
ACL_ATTRIBUTE = "system.posix_acl_access"
ACL_VERSION = 2
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
NOBODY_IN_PARTICULAR = 0xFFFFFFFF
ENTER = stat.S_IXOTH  # "x" of a folder: may pass through, may not list


class NoAccount(CannotRun):
    """Root runs the site and there is no account that Postgres could run as."""


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int


def of_postgres() -> Account | None:
    """None: Postgres runs as whoever runs the site. For root: an account of its own, made when missing."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make()
    return Account(entry.pw_uid, entry.pw_gid)


def _make() -> pwd.struct_passwd:
    try:
        reason = subprocess.run(USERADD, check=False, capture_output=True, text=True).stderr
    except OSError as error:
        reason = str(error)
    try:
        return pwd.getpwnam(NAME)  # also when another start was faster
    except KeyError as error:
        raise NoAccount(
            f"Postgres refuses to run as root, and the account {NAME} could not be made for it ({reason.strip()}). "
            "Run the site as an ordinary user, or set DATABASE_URL to a Postgres of your own."
        ) from error


def give(folder: Path, account: Account) -> None:
    """Make `folder` and everything in it the account's; cheap when it is already."""
    if folder.stat().st_uid == account.uid:
        return
    for root, names, files in os.walk(folder):
        for name in (*names, *files):
            os.chown(Path(root, name), account.uid, account.gid, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid)  # last: it says that all is done


def let_reach(path: Path, account: Account) -> None:
    """Let the account pass through every folder above `path`, and not list them; nobody else gets more where ACLs exist."""
    for folder in reversed(Path(os.path.realpath(path)).parents):
        facts = folder.stat()
        if not facts.st_mode & ENTER and facts.st_uid != account.uid:
            _let_enter(folder, facts.st_mode, account.uid)


def let_read(tree: Path) -> None:
    """Installed under a strict umask, programs are their owner's alone: let everybody read and run them."""
    if tree.stat().st_mode & ENTER:
        return
    for root, _, files in os.walk(tree, topdown=False):
        for path in (*(Path(root, name) for name in files), Path(root)):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (mode & 0o500) >> 6)


def _let_enter(folder: Path, mode: int, uid: int) -> None:
    try:
        os.setxattr(folder, ACL_ATTRIBUTE, _acl_with_entry(_read_acl(folder, mode), uid))
    except (AttributeError, OSError) as error:  # not Linux, or a file system without ACLs
        if getattr(error, "errno", errno.ENOTSUP) != errno.ENOTSUP:
            raise
        folder.chmod(stat.S_IMODE(mode) | ENTER)


def _read_acl(folder: Path, mode: int) -> dict[tuple[int, int], int]:
    """{(tag, id): permissions} of a folder; one without a list has its owner, group and other bits."""
    try:
        content = os.getxattr(folder, ACL_ATTRIBUTE)
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
        triples = ((USER_OBJ, mode >> 6), (GROUP_OBJ, mode >> 3), (OTHER, mode))
        return {(tag, NOBODY_IN_PARTICULAR): bits & 7 for tag, bits in triples}
    return {(tag, number): bits for tag, bits, number in struct.iter_unpack("<HHI", content[4:])}


def _acl_with_entry(entries: dict[tuple[int, int], int], uid: int) -> bytes:
    group = entries[GROUP_OBJ, NOBODY_IN_PARTICULAR]
    mask = entries.get((MASK, NOBODY_IN_PARTICULAR), group)
    entries[USER, uid] = entries.get((USER, uid), 0) | ENTER
    entries[MASK, NOBODY_IN_PARTICULAR] = mask | ENTER
    packed = (struct.pack("<HHI", tag, bits, number) for (tag, number), bits in sorted(entries.items()))
    return struct.pack("<I", ACL_VERSION) + b"".join(packed)
