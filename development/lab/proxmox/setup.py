"""Makes the Proxmox VE endpoint that the estate describes, with secrets kept from an earlier start or made anew."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from development.lab.proxmox.acl import Acl, Row
from development.lab.proxmox.auth import Logins
from development.lab.proxmox.endpoint import Endpoint, Settings
from development.lab.proxmox.roles import BUILT_IN
from development.lab.world import World

KERNELS = {"8": "6.8.12-15-pve", "9": "6.17.2-1-pve"}


def endpoint_of(
    estate: Mapping[str, Any], world: World, settings: Settings, secrets_kept: Mapping[str, str]
) -> Endpoint:
    """Return the endpoint; `secrets_kept` are the secrets of an earlier start by user or token id."""
    return Endpoint(
        world=world,
        acl=acl_of(estate),
        logins=_logins(estate["proxmox"], secrets_kept),
        version=version_of(**estate["proxmox"]["version"]),
        settings=settings,
    )


def version_of(
    version: str, release: str | None = None, repoid: str | None = None, kernel: str | None = None
) -> dict[str, str]:
    """Return what a node says of what is installed on it; all follows from the version but can be said."""
    digest = hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest()
    return {
        "version": version,
        "release": release or ".".join(version.split(".")[:2]),
        "repoid": repoid or digest[:16],
        "kernel": kernel or KERNELS.get(version.partition(".")[0], KERNELS["9"]),
    }


def acl_of(estate: Mapping[str, Any]) -> Acl:
    """Return the access control list as the estate has it."""
    spec = estate["proxmox"]
    acl = Acl(
        rows=[Row(**row) for row in spec["acl"]],
        roles={**BUILT_IN, **{name: frozenset(privileges) for name, privileges in spec.get("roles", {}).items()}},
    )
    for token in spec["tokens"]:
        acl.separate(token["id"], bool(token["privsep"]))
    return acl


def _logins(spec: Mapping[str, Any], kept: Mapping[str, str]) -> Logins:
    return Logins(
        passwords={user: kept.get(user) or secrets.token_urlsafe(24) for user in spec["users"]},
        tokens={token["id"]: kept.get(token["id"]) or str(uuid.uuid4()) for token in spec["tokens"]},
    )
