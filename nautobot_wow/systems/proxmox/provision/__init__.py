"""Guests are made, changed and removed through the Proxmox VE API.

keys          public keys as an SSH server accepts them
wanted        the configuration a guest shall have, and what of it differs from the one it has; pure
tasks         waiting: for a task to end, for a lock to go
preflight     what would keep a guest from being made
provisioner   the guest's whole life
"""

from __future__ import annotations

from ...connection import Connection
from ...provisioner import Provisioner
from ..options import ProxmoxOptions
from ..read import client_of


def provisioner(connection: Connection, options: ProxmoxOptions) -> Provisioner:
    """Return what makes, changes and removes the guests of an endpoint; to be used in a `with` block."""
    client = client_of(connection, options)
    from .guests import ProxmoxProvisioner

    return ProxmoxProvisioner(client)
