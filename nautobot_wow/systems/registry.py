"""The one list of systems. Adding a system is one folder and one line here."""

from __future__ import annotations

from . import inventory, pfsense, proxmox, routeros, sg300, site_design
from .kind import SystemKind

KINDS = (
    site_design.SITE_DESIGN,
    proxmox.PROXMOX,
    pfsense.PFSENSE,
    routeros.ROUTEROS,
    sg300.SG300,
    inventory.INVENTORY,
)

SYSTEM_KINDS: dict[str, SystemKind] = {kind.slug: kind for kind in KINDS}
