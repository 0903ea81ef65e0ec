"""Makes the Proxmox VE endpoint that the estate describes, with secrets kept from an earlier start or made anew."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from development.lab.proxmox.acl import Acl, Row
from development.lab.proxmox.auth import Logins
from development.lab.proxmox.endpoint import Endpoint, Settings
from development.lab.proxmox.roles import BUILT_IN
from development.lab.world import World


def endpoint_of(
    estate: Mapping[str, Any], world: World, settings: Settings, secrets_kept: Mapping[str, str]
) -> Endpoint:
    """Return the endpoint; `secrets_kept` are the secrets of an earlier start by user or token id."""
    return Endpoint(
        world=world,
        acl=acl_of(estate),
        logins=_logins(estate["proxmox"], secrets_kept),
        version=dict(estate["proxmox"]["version"]),
        settings=settings,
    )


def acl_of(estate: Mapping[str, Any]) -> Acl:
    """Return the access control list as the estate has it."""
    spec = estate["proxmox"]
    acl = Acl(
        rows=[Row(**row) for row in spec["acl"]],
        roles={**BUILT_IN, **{name: frozenset(privileges) for name, privileges in spec["roles"].items()}},
    )
    for token in spec["tokens"]:
        acl.separate(token["id"], bool(token["privsep"]))
    return acl


def _logins(spec: Mapping[str, Any], kept: Mapping[str, str]) -> Logins:
    return Logins(
        passwords={user: kept.get(user) or secrets.token_urlsafe(24) for user in spec["users"]},
        tokens={token["id"]: kept.get(token["id"]) or str(uuid.uuid4()) for token in spec["tokens"]},
    )
