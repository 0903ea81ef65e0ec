"""The last backup of a guest that goes: where it may lie, and whether it is there already.

A snapshot goes with its guest. What outlives it is a backup (vzdump) on a storage, found again by the request's id in
its notes. It is protected: neither the storage's retention nor a later job takes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....errors import SourceError
from ...provisioner import Backup, Found
from ..client import ProxmoxClient
from ..parse.values import Row
from ..read import ask_rights


def notes_for(found: Found, request_id: str) -> str:
    """Return the one line that Proxmox VE keeps with the backup; braces and backslashes mean something to it."""
    name = "".join(letter for letter in found.name if letter not in "{}\\\n")
    return f"{name}, before it was decommissioned (request {request_id})"


def backup_for(client: ProxmoxClient, found: Found, storage: str, request_id: str) -> Backup | None:
    """Return the backup that was made for the request, None if there is none."""
    for payload in client.backups(found.node, storage, found.vmid):
        row = Row(f"{storage}: backup", payload)
        if request_id in (row.text_or_none("notes") or ""):
            return Backup(volume=row.text("volid"), size=row.integer("size"), protected=row.flag("protected"))
    return None


def backup_complaints(client: ProxmoxClient, found: Found, storage: str) -> list[str]:
    """Return why the guest cannot be backed up there; a question that is refused is a reason too."""
    try:
        return [*_about_place(client, found, storage), *_about_rights(client, found, storage)]
    except SourceError as error:
        return [str(error)]


def _about_place(client: ProxmoxClient, found: Found, storage: str) -> Iterator[str]:
    rows = {row.text("storage"): row for row in (Row("storage", row) for row in client.node_storages(found.node))}
    able = sorted(name for name, row in rows.items() if "backup" in (row.text_or_none("content") or "").split(","))
    if storage not in rows:
        yield f"There is no storage {storage} on node {found.node}, or the token may not see it; {_choice(able)}."
    elif storage not in able:
        yield f"Storage {storage} holds no backups; {_choice(able)}."
    elif not rows[storage].integer_or_none("active") or rows[storage].integer_or_none("enabled") == 0:
        yield f"Storage {storage} is not active on node {found.node}."


def _choice(able: list[str]) -> str:
    return f"there is {', '.join(able)}" if able else "no storage there takes backups"


def _about_rights(client: ProxmoxClient, found: Found, storage: str) -> Iterator[str]:
    rights = ask_rights(client)
    for path, name in ((f"/vms/{found.vmid}", "VM.Backup"), (f"/storage/{storage}", "Datastore.AllocateSpace")):
        if not rights.allows(path, name):
            yield f"The token lacks {name} on {path}; grant it to the user and to the token."
