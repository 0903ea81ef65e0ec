"""What a test of a whole sync holds in its hands: the lab, the System, and a way to run and to look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from nautobot.dcim.models import Device, Interface
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine

from development.inside.design import plant_networks
from development.inside.design import read as read_design
from development.inside.seed import FIXTURES, files_of, plant
from nautobot_wow.models import Claim, Conflict, Document, System
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.run import Run
from nautobot_wow.reconcile.writer import Written
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.credentials import connection_of


class Estate:
    """The lab's world on one side, Nautobot on the other, and runs between them."""

    def __init__(self, lab: Any, folder: Path) -> None:
        self.lab = lab
        self.user = get_user_model().objects.create(username="operator", is_superuser=True)
        for name in ("token_id", "token_secret", "automation_token_id", "automation_token_secret"):
            (folder / f"proxmox_{name}").write_text(str(lab.facts[name]))
        plant_networks({"proxmox": lab.facts, "secrets": str(folder)}, self.user)
        self.system = System.objects.get(name="wow-proxmox")

    def set(self, **values: Any) -> None:
        """Change the System."""
        System.objects.filter(pk=self.system.pk).update(**values)
        self.system = System.objects.get(pk=self.system.pk)

    def read(self) -> Snapshot:
        """Read the lab over its sockets."""
        kind = self.system.system_kind
        return kind.read(connection_of(self.system), kind.options(**self.system.options))

    def plan(self) -> Run:
        """Read and decide; nothing is written."""
        run = Run(System.objects.get(pk=self.system.pk), self.read())
        run.decide()
        return run

    def sync(self, times: int = 1, *, approved: str = "") -> tuple[Run, Written]:
        """Read, decide, ask the guards and write, as the Job does."""
        for _ in range(times):
            run = self.plan()
            run.guard(approved=approved)
            if any(change.writes for change in run.changes):
                run.source.sync_to(run.target, diff=run.source.diff_to(run.target))
            written = run.apply(ChangeLog.from_user(self.user), user=self.user, approved=approved)
        return run, written

    def design(self) -> Run:
        """Read the whole design of the site, with the hardware."""
        system = System.objects.get(kind="site-design")
        folder = FIXTURES / "site"
        for path in files_of(folder):
            name, content = path.relative_to(folder).as_posix(), path.read_text()
            if not Document.objects.filter(system=system, path=name, content=content).exists():
                Document.objects.update_or_create(system=system, path=name, defaults={"content": content})
        return read_design(system, self.user)

    def guest(self, key: str) -> VirtualMachine:
        """Return the object that the System claims under this key."""
        claim = Claim.objects.get(system=self.system, kind="guest", external_id=key)
        return VirtualMachine.objects.get(pk=claim.object_id)

    def hosts(self, key: str) -> set[str]:
        """Return the addresses assigned to a guest."""
        return set(
            IPAddress.objects.filter(vm_interfaces__virtual_machine=self.guest(key)).values_list("host", flat=True)
        )

    def conflicts(self, kind: str = "") -> list[str]:
        """Return the titles of the open conflicts."""
        found = Conflict.objects.filter(state="open").order_by("title")
        return list((found.filter(kind=kind) if kind else found).values_list("title", flat=True))


class BoxEstate(Estate):
    """Nautobot with the lab's Systems, of which one switch is the one that is read."""

    slug: str
    name: str

    def __init__(self, lab: Any, folder: Path) -> None:
        super().__init__(lab, folder)
        self.proxmox = self.system
        facts = lab.side(self.slug).describe()
        for name in ("username", "password"):
            (folder / f"{self.slug}_{name}").write_text(facts[name])
        plant({"proxmox": lab.facts, self.slug: facts, "secrets": str(folder)})
        self.system = System.objects.get(name=self.name)

    def fault(self, action: str, command: str = "", **how: Any) -> None:
        """Let something go wrong on the box."""
        self.lab.change("side_fault", slug=self.slug, action=action, command=command, **how)

    @property
    def device(self) -> Device:
        """The Device that the System claims."""
        claim = Claim.objects.get(system=self.system, kind="device")
        return Device.objects.get(pk=claim.object_id)

    def port(self, name: str) -> Interface:
        """Return a port of the box."""
        return self.device.interfaces.get(name=name)
