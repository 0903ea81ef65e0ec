"""The peer's way: nautobot-ssot's contrib classes as its documentation teaches them, in a DataSource Job.

The primary address is set once everything else is there, as the integrations that nautobot-ssot ships do it.
"""

# No `from __future__ import annotations`: contrib reads the annotations at run time.

from collections.abc import Sequence
from typing import Annotated, Any

from diffsync import Adapter
from diffsync.enum import DiffSyncModelFlags
from nautobot.apps.jobs import register_jobs
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine, VMInterface
from nautobot_ssot.contrib import CustomFieldAnnotation, NautobotAdapter, NautobotModel
from nautobot_ssot.jobs.base import DataSource
from typing_extensions import TypedDict

from . import job, world
from .contestant import Sync
from .world import Guest


class CardOfAddress(TypedDict):
    """How an address names the card that carries it."""

    name: str
    virtual_machine__name: str


class GuestModel(NautobotModel):
    """A virtual machine; its cards are its children."""

    model_flags: DiffSyncModelFlags = DiffSyncModelFlags.NATURAL_DELETION_ORDER
    _model = VirtualMachine
    _modelname = "guest"
    _identifiers = ("name", "cluster__name")
    _attributes = (
        "status__name",
        "platform__name",
        "vcpus",
        "memory",
        "disk",
        "primary_ip4__host",
        "proxmox_vmid",
        "proxmox_node",
        "proxmox_vmtype",
        "ansible_host",
    )
    _children = {"card": "interfaces"}

    name: str
    cluster__name: str
    status__name: str
    platform__name: str | None = None
    vcpus: int | None = None
    memory: int | None = None
    disk: int | None = None
    primary_ip4__host: str | None = None
    proxmox_vmid: Annotated[int | None, CustomFieldAnnotation(name="proxmox_vmid", key="proxmox_vmid")] = None
    proxmox_node: Annotated[str | None, CustomFieldAnnotation(name="proxmox_node", key="proxmox_node")] = None
    proxmox_vmtype: Annotated[str | None, CustomFieldAnnotation(name="proxmox_vmtype", key="proxmox_vmtype")] = None
    ansible_host: Annotated[str | None, CustomFieldAnnotation(name="ansible_host", key="ansible_host")] = None
    interfaces: list[str] = []

    @classmethod
    def create(cls, adapter: Any, ids: Any, attrs: Any) -> Any:
        """Create without the primary address, which does not exist yet."""
        adapter.primaries.append((dict(ids), attrs.pop("primary_ip4__host", None)))
        return super().create(adapter, ids, attrs)

    def update(self, attrs: Any) -> Any:
        """Update, the primary address at the end."""
        if "primary_ip4__host" in attrs:
            self.adapter.primaries.append((self.get_identifiers(), attrs.pop("primary_ip4__host")))
        return super().update(attrs)


class CardModel(NautobotModel):
    """A network card."""

    model_flags: DiffSyncModelFlags = DiffSyncModelFlags.NATURAL_DELETION_ORDER
    _model = VMInterface
    _modelname = "card"
    _identifiers = ("name", "virtual_machine__name")
    _attributes = ("status__name", "enabled", "mac_address", "mode", "untagged_vlan__vid")

    name: str
    virtual_machine__name: str
    status__name: str
    enabled: bool
    mac_address: str | None = None
    mode: str = ""
    untagged_vlan__vid: int | None = None


class AddressModel(NautobotModel):
    """An address and the card that carries it."""

    _model = IPAddress
    _modelname = "address"
    _identifiers = ("host", "mask_length")
    _attributes = ("status__name", "vm_interfaces")

    host: str
    mask_length: int
    status__name: str
    vm_interfaces: list[CardOfAddress] = []


class NautobotSide(NautobotAdapter):
    """What Nautobot holds; contrib loads it by itself."""

    top_level = ("guest", "address")
    guest = GuestModel
    card = CardModel
    address = AddressModel

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.primaries: list[tuple[dict[str, Any], str | None]] = []

    def load_param_mac_address(self, parameter_name: str, database_object: Any) -> str:
        """Return the MAC address as text, as the source has it."""
        return str(getattr(database_object, parameter_name))

    def sync_complete(self, source: Any, *args: Any, **kwargs: Any) -> None:
        """Set the primary addresses, now that their addresses are there."""
        for ids, host in self.primaries:
            guest = VirtualMachine.objects.get(**ids)
            guest.primary_ip4 = IPAddress.objects.get(host=host) if host else None
            guest.validated_save()
        super().sync_complete(source, *args, **kwargs)


class GuestsSide(Adapter):
    """What the guests are."""

    top_level = ("guest", "address")
    guest = GuestModel
    card = CardModel
    address = AddressModel

    def load(self, guests: Sequence[Guest]) -> None:
        """Turn plain data into models."""
        for guest in guests:
            self._load_guest(guest)

    def _load_guest(self, guest: Guest) -> None:
        machine = self.guest(
            name=guest.name,
            cluster__name=world.CLUSTER,
            status__name="Active",
            platform__name=guest.platform,
            vcpus=guest.vcpus,
            memory=guest.memory_mb,
            disk=guest.disk_gb,
            primary_ip4__host=guest.primary,
            proxmox_vmid=guest.vmid,
            proxmox_node=guest.node,
            proxmox_vmtype="qemu",
            ansible_host=guest.primary,
        )
        self.add(machine)
        for card in guest.cards:
            model = self.card(
                name=card.name,
                virtual_machine__name=guest.name,
                status__name="Active",
                enabled=card.enabled,
                mac_address=card.mac,
                mode="access",
                untagged_vlan__vid=card.vid,
            )
            self.add(model)
            machine.add_child(model)
            for host in card.hosts:
                carrier = CardOfAddress(name=card.name, virtual_machine__name=guest.name)
                self.add(
                    self.address(
                        host=host, mask_length=world.MASK_LENGTH, status__name="Active", vm_interfaces=[carrier]
                    )
                )


class ContribJob(DataSource):
    """The Job; the guests are given to its class."""

    guests: Sequence[Guest] = ()

    class Meta:
        name = "Measurement: contrib"
        data_source = "Measurement"
        has_sensitive_variables = False

    def load_source_adapter(self) -> None:
        """Read the source."""
        self.source_adapter = GuestsSide()
        self.source_adapter.load(type(self).guests)

    def load_target_adapter(self) -> None:
        """Read Nautobot."""
        self.target_adapter = NautobotSide(job=self, sync=self.sync)
        self.target_adapter.load()


def prepare(user: Any) -> Sync:
    """Register and enable the Job."""
    # Nautobot imports Jobs anew before each run unless they belong to an installed app: be of one.
    ContribJob.__module__ = "nautobot_ssot.measurement"
    register_jobs(ContribJob)
    model = job.enable(ContribJob)

    def sync(guests: Sequence[Guest]) -> None:
        ContribJob.guests = guests
        job.run(model, user, {"dryrun": False, "memory_profiling": False, "parallel_loading": False})

    return sync
