"""The leases of whichever server runs, or why they cannot be read: a lease that was not read is not a lease less.

    ISC    /var/dhcpd/var/db/dhcpd.leases
    Kea    /var/lib/kea (pfSense up to 2.8.0), /var/db/kea (later); several files each while Kea tidies up

Kea renames its files from time to time. The names are looked at before and after they are read; if they were not the
same, everything is read again. From 2.8.1 on the folders are closed to other users.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...errors import Forbidden, NotFound, ParseError, RemoteError
from .client import Box
from .parse.box import parse_listing
from .parse.config import KEA, Config
from .parse.isc import parse_isc_leases
from .parse.kea import load_order, parse_kea_leases
from .parse.leases import Lease
from .parse.values import to_text

FOLDERS = ("/var/lib/kea", "/var/db/kea")
"""Where Kea keeps its leases, the older place first: what is still there ends by itself, what is newer overrides it."""
TRIES = 3

Read = TypeVar("Read")


def ask_leases(box: Box, config: Config) -> tuple[Lease, ...]:
    """Return the leases in the order in which they were written. Raises SourceError with what stands in the way."""
    serves = any(scope.enabled and scope.version == 4 for scope in config.scopes)
    ask = _ask_kea if config.backend == KEA else _ask_isc
    try:
        return _again(lambda: ask(box))
    except Forbidden as error:
        raise Forbidden(
            f"{error}: its leases are not known. Put the user into the group that owns them, or set the option sudo"
        ) from None
    except NotFound as error:
        if not serves:
            return ()
        raise NotFound(f"{error}, although a DHCP scope is switched on: its leases are not known") from None


def _again(ask: Callable[[], Read]) -> Read:
    """Ask up to three times: a file that is written while it is read ends in the middle, or has another name."""
    for _ in range(TRIES - 1):
        try:
            return ask()
        except (ParseError, _Moved):
            continue
    return ask()


class _Moved(RemoteError):
    """The files were renamed while they were read."""


def _ask_isc(box: Box) -> tuple[Lease, ...]:
    return parse_isc_leases(to_text(box.isc_leases(), "dhcpd.leases"))


def _ask_kea(box: Box) -> tuple[Lease, ...]:
    before = _files(box)
    leases: list[Lease] = []
    for folder, names in before.items():
        for name in load_order(names):
            leases += _file(box, f"{folder}/{name}")
    if _files(box) != before:
        raise _Moved("Kea renamed its lease files each time they were read; its leases are not known")
    return tuple(leases)


def _file(box: Box, path: str) -> tuple[Lease, ...]:
    try:
        return parse_kea_leases(to_text(box.file(path), path), path)
    except NotFound:
        raise _Moved(f"Kea renamed {path} each time it was read; its leases are not known") from None


def _files(box: Box) -> dict[str, dict[str, str]]:
    """Return the lease files by folder, each name with the number of its file. Raises NotFound where there are none."""
    found: dict[str, dict[str, str]] = {}
    closed: Forbidden | None = None
    for folder in FOLDERS:
        try:
            names = parse_listing(to_text(box.files(folder), folder))
        except NotFound:
            continue
        except Forbidden as error:
            closed = error
            found.clear()  # what an older place holds says nothing once there is a newer one
            continue
        if kept := {name: names[name] for name in load_order(names)}:
            found[folder] = kept
            closed = None
    if closed is not None:
        raise closed
    if not found:
        raise NotFound(f"{box.login.system}: Kea has no lease file in {' or '.join(FOLDERS)}")
    return found
