"""The guest's whole life on one endpoint: found, made, configured, switched, moved, renamed, removed.

Where a guest is, is asked anew each time: it may have moved to another node. While it is being made Proxmox VE shows
nothing of it but its id and a lock (Qemu.pm writes "lock: clone" first, the rest with the first disk).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from ....errors import Forbidden, NotFound, ParseError, RemoteError
from ....records import GuestType, Power
from ...provisioner import Answer, Backup, Found, GuestSpec, Item, Mismatch, Nic, NodeFacts, Resolver, Taken, Tell
from ..client import ProxmoxClient
from ..marker import described, request_of
from ..parse.config import parse_config
from ..parse.listing import GuestRow, parse_resources
from ..parse.live import parse_agent_interfaces, parse_container_interfaces
from ..parse.strings import properties
from ..parse.values import Row, is_noise, to_integer, to_mac
from ..read import SILENCE, ask_members, node_rows
from .backup import backup_complaints, backup_for, notes_for
from .moving import move_complaints, network_of, static_hosts, wanted_network
from .preflight import complaints
from .tasks import IN_USE, wait_for, while_locked
from .wanted import differences, growth, ip_config, new_clone, new_container, settings_of

LOCK_PATIENCE_S = 60.0
TASK_TIMEOUT_S = 300.0
BACKUP_TIMEOUT_S = 2400.0
FIND_ATTEMPTS = 3
MIB = 1024**2
IDS = (100, 1_000_000)
ORDERLY_SHARE = 0.75
OUR_SNAPSHOT = re.compile(r"(?:default|standard|production)-(?P<epoch>[0-9]{9,11})")
SNAPSHOT_NOTE = "Taken by Nautobot (nautobot-wow)"
CLOUD_INIT_RESULT = "/run/cloud-init/result.json"
NO_SUCH_FILE = re.compile(r"no such file", re.IGNORECASE)


class ProxmoxProvisioner:
    """Makes, changes and removes the guests of one endpoint; `patience_s` is how long it waits for a lock to go."""

    def __init__(self, client: ProxmoxClient, patience_s: float = LOCK_PATIENCE_S) -> None:
        self._client = client
        self._patience_s = patience_s

    def __enter__(self) -> ProxmoxProvisioner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, trace)

    # ------------------------------------------------------------------------------------------------------- looking

    def next_vmid(self, taken: frozenset[int]) -> int:
        """Return the lowest id that is free there and not in `taken`; it reserves nothing."""
        first = to_integer(self._client.next_id(), "cluster/nextid")
        if first not in taken:
            return first
        seen = {to_integer(Row("guest", row).fields.get("vmid"), "vmid") for row in self._client.guests()}
        for vmid in range(first + 1, self._end_of_ids()):
            if vmid not in taken and vmid not in seen and self._client.is_free_id(vmid):
                return vmid
        raise RemoteError(
            f"{self._client.system}: no VMID is free from {first} on; raise the upper end of the range (next-id) in "
            "the options of the datacenter"
        )

    def _end_of_ids(self) -> int:
        options = Row("cluster/options", self._client.cluster_options())
        text = options.fields.get("next-id")
        values = text if isinstance(text, Mapping) else properties(str(text or ""), "next-id")
        return to_integer(values.get("upper", IDS[1]), "next-id: upper")

    def find(self, vmid: int) -> Found | None:
        """Return the guest with that id, None only if there certainly is none."""
        for _ in range(FIND_ATTEMPTS):
            row = self._row(vmid)
            try:
                if row:
                    return self._found(row)
            except NotFound:
                continue  # it went, or moved to another node, between the two questions
            if self._client.is_free_id(vmid):
                self._require_quorum(vmid)
                return None
        raise Forbidden(
            f"{self._client.system}: there is a guest {vmid}, but it could not be read; grant VM.Audit on /vms/{vmid} "
            "to the user and to the token"
        )

    def _row(self, vmid: int) -> GuestRow | None:
        listing = parse_resources(self._client.guests())
        keys = [f"{guest_type.value}/{vmid}" for guest_type in GuestType]
        for refusal in listing.refused:
            if refusal.key in keys:
                raise ParseError(f"{self._client.system}: {refusal.reason}")
        return next((listing.guests[key] for key in keys if key in listing.guests), None)

    def _found(self, row: GuestRow) -> Found:
        settings = self._client.guest_config(row.node, row.type, row.vmid)
        config = parse_config(row.type, row.vmid, settings)
        status = Row(row.key, self._client.guest_status(row.node, row.type, row.vmid))
        return Found(
            key=row.key,
            vmid=row.vmid,
            type=row.type,
            name=config.name or "",
            node=row.node,
            request_id=request_of(config.description),
            running=status.text("status") == "running",
            locked=Row(row.key, settings).text_or_none("lock") or "",
            template=config.template,
            protected=Row(row.key, settings).flag("protection"),
        )

    def _require_quorum(self, vmid: int) -> None:
        members = ask_members(self._client)
        if members and not members.quorate:
            raise RemoteError(
                f"{self._client.system}: the cluster has no quorum, so whether there is a guest {vmid} is not certain; "
                "bring the missing nodes back"
            )

    def find_request(self, request_id: str, vmid: int) -> Found | None:
        """Return the guest with that id if it was made for the request, or may be: while it is made, none can tell."""
        found = self.find(vmid)
        if found and (found.request_id == request_id or _is_unfinished(found)):
            return found
        return None

    def wait_unlocked(self, vmid: int, timeout_s: float = TASK_TIMEOUT_S) -> Found | None:
        """Return the guest once nothing works on it any more, None if it is gone by then; raise Locked after that."""

        def look() -> Found | None:
            found = self.find(vmid)
            if found and found.locked:
                raise RemoteError(f"{self._client.system}: {found.key} is locked ({found.locked})")
            return found

        return while_locked(self._client, timeout_s, look)

    def nodes(self) -> list[NodeFacts]:
        """Return every node, sorted by name; without Sys.Audit they do not say how busy they are."""
        payload = self._client.resources()
        rows = {row["node"]: row for row in payload if isinstance(row, dict) and row.get("type") == "node"}
        listed = node_rows(ask_members(self._client), parse_resources(payload))
        return [_facts(node.name, node.power is Power.ON, rows.get(node.name, {})) for node in listed]

    def preflight(self, spec: GuestSpec) -> list[str]:
        """Return everything that would keep the guest from being made, as sentences; nothing is touched."""
        return complaints(self._client, spec, self.find(spec.vmid))

    # -------------------------------------------------------------------------------------------------------- making

    def create(self, spec: GuestSpec) -> str:
        """Begin to make the guest and return its task; raise Taken if the id is in use."""
        try:
            return self._create(spec)
        except RemoteError as error:
            if IN_USE.search(str(error)):
                raise Taken(
                    f"{self._client.system}: VMID {spec.vmid} is taken by now ({error}); choose the next one"
                ) from error
            raise

    def _create(self, spec: GuestSpec) -> str:
        if spec.type is GuestType.LXC:
            return self._client.create_container(spec.node, **new_container(spec))
        template = self._where(to_integer(spec.source, "template"))
        return self._retried(
            lambda: self._client.clone_vm(template.node, template.vmid, **new_clone(spec, template.node))
        )

    def wait(self, task: str, timeout_s: float, tell: Tell | None = None) -> None:
        """Return when the task has ended well; raise RemoteError with its last words if not, TooSlow in between."""
        wait_for(self._client, task, timeout_s, tell)

    def configure(self, spec: GuestSpec) -> None:
        """Make the guest as it shall be; nothing is sent that is so already, and a disk is never made smaller."""
        self._retried(lambda: self._require_ours(spec))
        self._change(spec.vmid, lambda _, now: settings_of(spec, now))
        self._retried(lambda: self._grow(spec))
        self._join_pool(spec)

    def _require_ours(self, spec: GuestSpec) -> None:
        found = self._where(spec.vmid)
        if found.locked:
            raise RemoteError(f"{self._client.system}: {found.key} is locked ({found.locked})")
        if found.type is not spec.type or found.request_id != spec.request_id:
            raise Mismatch(
                f"{self._client.system}: {found.key} ({found.name}) was not made for request {spec.request_id}; "
                "nothing was changed"
            )

    def _change(self, vmid: int, wanted: Callable[[Found, Mapping[str, Any]], dict[str, Any]]) -> bool:
        """Send what differs, and return whether anything did; a change by others in between begins it anew."""

        def change() -> bool:
            found = self._where(vmid)
            now = self._client.guest_settings(found.node, found.type, vmid)
            changed = differences(wanted(found, now), now)
            if changed:
                self._client.configure(found.node, found.type, vmid, **changed, **_digest(now))
            return bool(changed)

        return self._retried(change)

    def _grow(self, spec: GuestSpec) -> None:
        found = self._where(spec.vmid)
        now = self._client.guest_settings(found.node, found.type, spec.vmid)
        too_small = growth(found.type, now, spec.disk_gb)
        if too_small and (task := self._client.resize(found.node, found.type, spec.vmid, *too_small)):
            self.wait(task, TASK_TIMEOUT_S)

    def _join_pool(self, spec: GuestSpec) -> None:
        """Put the guest into its pool, where it was created; who may not see the pool must leave it at that."""
        if not spec.pool:
            return
        rows = [row for row in self._client.resources() if isinstance(row, dict) and row.get("pool") == spec.pool]
        is_seen = any(row.get("type") == "pool" for row in rows)
        if is_seen and not any(str(row.get("vmid")) == str(spec.vmid) for row in rows):
            self._client.add_to_pool(spec.pool, spec.vmid)

    # ------------------------------------------------------------------------------------------- switching, removing

    def start(self, vmid: int, timeout_s: float = 120) -> None:
        """Return when the guest runs."""

        def begin(found: Found) -> str:
            return self._client.power(found.node, found.type, vmid, "start")

        self._do(vmid, timeout_s, begin, lambda: self._where(vmid).running)

    def stop(self, vmid: int, timeout_s: float = 120) -> None:
        """Return when the guest is switched off: shut down in order for most of that time, else cut off."""
        how = {"forceStop": 1, "timeout": max(1, int(timeout_s * ORDERLY_SHARE))}

        def begin(found: Found) -> str:
            return self._client.power(found.node, found.type, vmid, "shutdown", **how)

        self._do(vmid, timeout_s, begin, lambda: not self._is_running(vmid))

    def _is_running(self, vmid: int) -> bool:
        found = self.find(vmid)
        return found is not None and found.running

    def destroy(self, found: Found, request_id: str = "", timeout_s: float = 120) -> None:
        """Return when the guest is gone; raise Mismatch unless id, type, name and mark are what is there now.

        The mark is `request_id`, else the one that was found. A guest that runs is not destroyed: stop it first; one
        that is protected is not either.
        """

        def destroy() -> None:
            there = self.find(found.vmid)
            if there is None:
                return
            _require_same(self._client.system, there, found, request_id)
            self.wait(self._client.destroy(there.node, there.type, there.vmid), timeout_s)

        self._retried(destroy)

    def _do(self, vmid: int, timeout_s: float, begin: Callable[[Found], str], is_done: Callable[[], bool]) -> None:
        """Carry out something that has a task, unless it is done already; whoever did it in between is as good."""
        if is_done():
            return
        try:
            self._retried(lambda: self.wait(begin(self._where(vmid)), timeout_s))
        except RemoteError:
            if not is_done():
                raise

    # ----------------------------------------------------------------------------------------------------- snapshots

    def snapshot(self, vmid: int, name: str) -> None:
        """Return when the snapshot `{type}-{epoch}` is there."""
        self._require_our_snapshot(name)

        def begin(found: Found) -> str:
            return self._client.take_snapshot(found.node, found.type, vmid, name, SNAPSHOT_NOTE)

        self._do(vmid, TASK_TIMEOUT_S, begin, lambda: name in self.snapshots(vmid))

    def delete_snapshot(self, vmid: int, name: str) -> None:
        """Return when the snapshot is gone; raise Mismatch if its name is not one of ours."""
        self._require_our_snapshot(name)

        def begin(found: Found) -> str:
            return self._client.delete_snapshot(found.node, found.type, vmid, name)

        self._do(vmid, TASK_TIMEOUT_S, begin, lambda: name not in self.snapshots(vmid))

    def snapshots(self, vmid: int) -> tuple[str, ...]:
        """Return the names of our snapshots, the oldest first; those of others are not among them."""
        found = self._where(vmid)
        rows = [Row(f"{found.key}: snapshot", row) for row in self._client.snapshots(found.node, found.type, vmid)]
        ours = [match for row in rows if (match := OUR_SNAPSHOT.fullmatch(row.text("name")))]
        return tuple(match[0] for match in sorted(ours, key=lambda match: (int(match["epoch"]), match[0])))

    def _require_our_snapshot(self, name: str) -> None:
        if not OUR_SNAPSHOT.fullmatch(name):
            raise Mismatch(
                f"{self._client.system}: {name!r} is no snapshot of ours; those are called default-, standard- or "
                "production- and the second they were taken"
            )

    # ------------------------------------------------------------------------------------------------------- backups

    def backup_problems(self, found: Found, storage: str) -> list[str]:
        """Return everything that would keep the guest from being backed up there, as sentences."""
        return backup_complaints(self._client, found, storage)

    def backup(self, found: Found, storage: str, request_id: str, tell: Tell | None = None) -> Backup:
        """Return the backup made for the request; a guest that has one already is not backed up again."""
        there = self.wait_unlocked(found.vmid, BACKUP_TIMEOUT_S)  # an earlier attempt may still be at it
        if there is None or (there.key, there.name) != (found.key, found.name):
            raise Mismatch(f"{self._client.system}: guest {found.vmid} is not {found.name} any more; nothing was done")
        made = backup_for(self._client, there, storage, request_id)
        if made is None:
            notes = notes_for(there, request_id)
            task = self._retried(lambda: self._client.back_up(there.node, there.vmid, storage, notes))
            self.wait(task, BACKUP_TIMEOUT_S, tell)
            made = backup_for(self._client, there, storage, request_id)
        if made is None:
            raise RemoteError(
                f"{self._client.system}: the backup of {there.key} ended well, and is not on {storage}; look there"
            )
        if not made.protected:
            raise RemoteError(
                f"{self._client.system}: the backup {made.volume} is not protected, so that the next one who prunes "
                f"{storage} could take it; protect it there, or name another storage, and ask again"
            )
        return made

    # ------------------------------------------------------------------------------------------ what the guest says

    def addresses(self, vmid: int, mac: str) -> frozenset[str] | None:
        """Return the addresses, without masks, that the guest itself reports on that card; None if it does not say."""
        found = self._where(vmid)
        if not found.running:
            return None
        try:
            live = self._live(found)
        except Forbidden:
            return None
        except RemoteError as error:
            if any(pattern.search(str(error)) for pattern, _ in SILENCE):
                return None
            raise
        cards = [card for card in live if card.mac == to_mac(mac, "mac")]
        if not cards:
            return None
        return frozenset(str(one.ip) for card in cards for one in card.addresses if not is_noise(one))

    def _live(self, found: Found) -> list[Any]:
        if found.type is GuestType.VM:
            return parse_agent_interfaces(found.key, self._client.agent_interfaces(found.node, found.vmid))
        return parse_container_interfaces(found.key, self._client.container_interfaces(found.node, found.vmid) or [])

    def cloud_init_done(self, vmid: int) -> bool | None:
        """Return whether cloud-init has left its result, None if it cannot be known (no right, no agent, container)."""
        found = self._where(vmid)
        if found.type is not GuestType.VM or not found.running:
            return None
        try:
            self._client.read_guest_file(found.node, vmid, CLOUD_INIT_RESULT)
        except (Forbidden, NotFound):
            return None
        except RemoteError as error:
            return False if NO_SUCH_FILE.search(str(error)) else None
        return True

    # -------------------------------------------------------------------------------------------------- changing one

    def move_problems(self, found: Found, nic: Nic) -> list[str]:
        """Return everything that would keep the guest's first card from being put there, as sentences."""
        return move_complaints(self._client, found, nic)

    def move_nic(self, vmid: int, nic: Nic, expected_mac: str, resolver: Resolver | None = None) -> None:
        """Put the first card of the guest elsewhere; raise Mismatch if it does not have that MAC address now.

        A container follows at once. Cloud-init reads a new address at the next start, so a running VM is restarted,
        unless it has the address already.
        """
        hosts = {text.partition("/")[0].lower() for text in (nic.address4, nic.address6) if text}
        self._rewire(
            vmid,
            {expected_mac.upper(), nic.mac.upper()},
            lambda found, now: wanted_network(found.type, nic, resolver, now),
            lambda found: hosts if ip_config(nic) else set(),
        )

    def network(self, vmid: int) -> dict[str, str]:
        """Return what the guest is told of its network now, in Proxmox VE's words."""
        found = self._where(vmid)
        return network_of(found.type, self._client.guest_settings(found.node, found.type, vmid))

    def restore_network(self, vmid: int, settings: Mapping[str, str], expected_mac: str) -> None:
        """Tell the guest to the letter what it was told before; a running VM is restarted for it."""
        self._rewire(
            vmid,
            {expected_mac.upper()},
            lambda found, now: dict(settings),
            lambda found: static_hosts(found.type, settings),
        )

    def _rewire(
        self,
        vmid: int,
        macs: set[str],
        wanted: Callable[[Found, Mapping[str, Any]], dict[str, Any]],
        hosts: Callable[[Found], set[str]],
    ) -> None:
        """Send what differs of the network, look whether it was taken to the letter, and restart a VM for it.

        One that says that it lacks the addresses is restarted as well: an earlier call ended before its restart.
        """

        def checked(found: Found, now: Mapping[str, Any]) -> dict[str, Any]:
            self._require_mac(found, now, macs)
            return wanted(found, now)

        changed = self._change(vmid, checked)
        found = self._where(vmid)
        now = self._client.guest_settings(found.node, found.type, vmid)
        if left := differences(checked(found, now), now):
            raise RemoteError(
                f"{self._client.system}: {found.key} did not take {', '.join(sorted(left))} as it was sent; look at "
                "its configuration"
            )
        if found.type is GuestType.VM and found.running and (changed or self._lacks(vmid, macs, hosts(found))):
            self._reboot(vmid)

    def _lacks(self, vmid: int, macs: set[str], hosts: set[str]) -> bool:
        said = [self.addresses(vmid, mac) for mac in sorted(macs)]
        known = [one for one in said if one is not None]
        return bool(known) and not any(hosts <= one for one in known)

    def _reboot(self, vmid: int) -> None:
        def begin(found: Found) -> str:
            return self._client.power(found.node, found.type, vmid, "reboot")

        self._do(vmid, TASK_TIMEOUT_S, begin, lambda: False)

    def _require_mac(self, found: Found, now: Mapping[str, Any], expected: set[str]) -> None:
        cards = parse_config(found.type, found.vmid, now).cards
        mac = next((card.mac for card in cards if card.index == 0), None)
        if mac not in expected:
            raise Mismatch(
                f"{self._client.system}: the first card of {found.key} ({found.name}) has the MAC address "
                f"{mac or 'none'} and not {' or '.join(sorted(expected))}; nothing was changed"
            )

    def rename(self, vmid: int, name: str) -> None:
        """Give the guest another name."""
        self._change(vmid, lambda found, _: {("name" if found.type is GuestType.VM else "hostname"): name})

    def set_tags(self, vmid: int, tags: tuple[str, ...]) -> None:
        """Give the guest exactly these tags."""
        self._change(vmid, lambda _, now: {"tags": ";".join(sorted(set(tags)))})

    def set_notes(self, vmid: int, text: str) -> None:
        """Give the guest another description; the line that says for which request it was made stays."""
        self._change(vmid, lambda found, _: {"description": described(text, found.request_id)})

    def as_answered(self, ask: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield what `ask` answers for each item, in their order; `concurrency` at once."""
        return self._client.as_answered(ask, items)

    # ------------------------------------------------------------------------------------------------------- helpers

    def _where(self, vmid: int) -> Found:
        found = self.find(vmid)
        if found is None:
            raise NotFound(f"{self._client.system}: there is no guest {vmid}")
        return found

    def _retried(self, act: Callable[[], Any]) -> Any:
        return while_locked(self._client, self._patience_s, act)


def _is_unfinished(found: Found) -> bool:
    return found.locked in ("clone", "create") and not found.request_id


def _digest(now: Mapping[str, Any]) -> dict[str, str]:
    """Return what makes Proxmox VE refuse the change if somebody else changed the guest in between."""
    return {"digest": str(now["digest"])} if now.get("digest") else {}


def _facts(name: str, online: bool, row: Mapping[str, Any]) -> NodeFacts:
    fields = Row(f"node/{name}", row)
    size, used = fields.integer_or_none("maxmem"), fields.integer_or_none("mem")
    load = fields.fields.get("cpu")
    return NodeFacts(
        name=name,
        online=online,
        free_memory_mb=None if size is None or used is None else max(0, size - used) // MIB,
        cpu_load=float(load) if isinstance(load, (int, float)) else None,
    )


def _require_same(system: str, there: Found, meant: Found, request_id: str) -> None:
    mark = request_id or meant.request_id
    facts = [
        ("type", there.type.value, meant.type.value),
        ("name", there.name, meant.name),
        ("request", there.request_id or "none", mark or "none"),
    ]
    wrong = [f"its {what} is {now}, not {then}" for what, now, then in facts if now != then]
    if there.template:
        wrong.append("it is a template")
    if there.protected:
        wrong.append("somebody protected it; take its protection off first")
    if wrong:
        raise Mismatch(f"{system}: guest {there.vmid} is not destroyed: {', '.join(wrong)}")
