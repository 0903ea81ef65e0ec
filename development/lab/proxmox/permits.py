"""Decides a method's `permissions` of the schema for one caller, before its parameters are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from development.lab.proxmox.acl import ROOT
from development.lab.proxmox.auth import Caller
from development.lab.proxmox.errors import ApiError, forbidden
from development.lab.proxmox.roles import NEWEST
from development.lab.proxmox.schema import Method

# (path) -> the privileges that the caller has there.
Granted = Callable[[str], Mapping[str, bool]]


def require(method: Method, caller: Caller, granted: Granted, values: Mapping[str, Any], major: int = NEWEST) -> None:
    """Raise the 403 in PVE's words if the schema does not let the caller in; `major` is the release that decides."""
    if caller.is_token and not method.info.get("allowtoken"):
        raise ApiError(403, "Permission check failed (API token access is not allowed for this method)")
    if caller.id == ROOT:
        return
    permissions = method.info.get("permissions") or {}
    if permissions.get("user") in ("all", "world"):
        return
    if not permissions.get("check"):
        raise forbidden("user != root@pam")
    _check(_of_release(permissions["check"], major), granted, values)


def _of_release(check: Sequence[Any], major: int) -> Sequence[Any]:
    """Return the check as an older release has it: VM.Monitor in the place of the rights on the guest agent."""
    if major >= NEWEST:
        return check
    if check[0] in ("and", "or"):
        return [check[0], *(_of_release(part, major) for part in check[1:])]
    if check[0] == "perm" and all(name.startswith("VM.GuestAgent.") for name in check[2]):
        return [*check[:2], ["VM.Monitor"], *check[3:]]
    return check


def require_all(granted: Granted, path: str, *names: str) -> None:
    """Raise 403 unless every privilege is granted at `path`."""
    have = granted(path)
    for name in names:
        if name not in have:
            raise forbidden(f"{path}, {name}")


def require_any(granted: Granted, path: str, *names: str) -> None:
    """Raise 403 unless one of the privileges is granted at `path`."""
    have = granted(path)
    if not any(name in have for name in names):
        raise forbidden(f"{path}, {'|'.join(names)}")


def _check(check: Sequence[Any], granted: Granted, values: Mapping[str, Any]) -> None:
    kind = check[0]
    if kind == "and":
        for part in check[1:]:
            _check(part, granted, values)
    elif kind == "or":
        if not any(_passes(part, granted, values) for part in check[1:]):
            raise forbidden()
    elif kind == "perm":
        _check_path(check, granted, values)
    else:
        # userid-group, userid-param, perm-modify: managing users is root's in this lab.
        raise forbidden()


def _passes(check: Sequence[Any], granted: Granted, values: Mapping[str, Any]) -> bool:
    try:
        _check(check, granted, values)
    except ApiError:
        return False
    return True


def _check_path(check: Sequence[Any], granted: Granted, values: Mapping[str, Any]) -> None:
    _, template, names, *options = check
    chosen = dict(zip(options[::2], options[1::2], strict=True))
    needed = chosen.get("require_param")
    if needed and values.get(needed) is None:
        raise forbidden()
    path = re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], "")), template)
    (require_any if chosen.get("any") else require_all)(granted, path, *names)
