"""The one list of systems. Adding a system is one folder and one line here."""

from __future__ import annotations

from . import inventory, proxmox, site_design
from .kind import SystemKind

SYSTEM_KINDS: dict[str, SystemKind] = {
    kind.slug: kind for kind in (site_design.SITE_DESIGN, proxmox.PROXMOX, inventory.INVENTORY)
}
