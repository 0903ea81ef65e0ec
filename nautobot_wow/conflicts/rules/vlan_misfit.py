"""VLAN, prefix and tag that do not fit together."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from nautobot.dcim.models import Device
from nautobot.ipam.models import IPAddressToInterface
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ...models import Claim, NetworkProfile
from ...records import Kind
from ..estate import GONE, LEAVING, Estate, address_ref
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find interfaces in another VLAN than the prefix of their address, and profiles with another tag than theirs."""
    yield from _profiles(estate)
    yield from _interfaces(estate, "interface", "device", Device)
    yield from _interfaces(estate, "vm_interface", "virtual_machine", VirtualMachine)
    yield from _untagged(estate)


def _profiles(estate: Estate) -> Iterable[Fault]:
    for one in estate.profiles:
        vid = estate.nets[one.prefix_id].vid if one.prefix_id in estate.nets else None
        if one.vlan_tag is None or vid is None or one.vlan_tag == vid:
            continue
        text = estate.name_of(one.prefix_id)
        yield Fault(
            about=Ref(model=NetworkProfile, pk=one.pk, name=one.name),
            title=f"The network profile {one.name} tags VLAN {one.vlan_tag}, and {text} is VLAN {vid}",
            message=f"Guests of {one.name} get an address of {text}, which is VLAN {vid}, and are put on VLAN "
            f"{one.vlan_tag}. They would reach nobody.",
            sides=(
                Side(source="Network profiles", says=f"{one.name}: tag {one.vlan_tag}"),
                Side(source="Nautobot", says=f"{text}: VLAN {vid}"),
            ),
            prefix=one.prefix_id,
        )


def _interfaces(estate: Estate, port: str, machine: str, model: type) -> Iterable[Fault]:
    vid, home = f"{port}__untagged_vlan__vid", "ip_address__parent__vlan__vid"
    links = IPAddressToInterface.objects.filter(**{f"{vid}__isnull": False, f"{home}__isnull": False})
    links = links.exclude(**{vid: F(home)}).exclude(**{f"{port}__{machine}__status__name": LEAVING})
    links = links.exclude(ip_address__status__name=GONE).order_by("ip_address__host")
    rows = links.values_list(
        "ip_address_id", "ip_address__host", "ip_address__parent_id", home, f"{port}_id", f"{port}__name", vid,
        f"{port}__{machine}_id", f"{port}__{machine}__name",
    )  # fmt: skip
    for pk, host, prefix, wanted, _, port_name, tag, machine_pk, name in rows:
        yield _fault(
            estate,
            machine=Ref(model=model, pk=machine_pk, name=name or "a device"),
            port=port_name,
            says=f"is on VLAN {tag}",
            address=address_ref(pk, host),
            prefix=prefix,
            vid=wanted,
        )


def _untagged(estate: Estate) -> Iterable[Fault]:
    """Yield guests without a tag on a network whose profile says that it is a tagged one."""
    tagged = {one.prefix_id: one.vlan_tag for one in estate.profiles if one.vlan_tag is not None}
    if not tagged:
        return
    bare = Claim.objects.filter(
        kind=Kind.GUEST_INTERFACE.value, values__untagged_vlan=0, values__mode="", missed_runs=0
    )
    links = IPAddressToInterface.objects.filter(
        ip_address__parent__in=list(tagged),
        vm_interface__in=bare.order_by().values("object_id"),
        vm_interface__untagged_vlan=None,
    )
    links = links.exclude(vm_interface__virtual_machine__status__name=LEAVING).exclude(ip_address__status__name=GONE)
    rows = links.order_by("ip_address__host").values_list(
        "ip_address_id", "ip_address__host", "ip_address__parent_id", "vm_interface__name",
        "vm_interface__virtual_machine_id", "vm_interface__virtual_machine__name",
    )  # fmt: skip
    for pk, host, prefix, port, guest, name in rows:
        yield _fault(
            estate,
            machine=Ref(model=VirtualMachine, pk=guest, name=name),
            port=port,
            says="has no VLAN tag",
            address=address_ref(pk, host),
            prefix=prefix,
            vid=tagged[prefix],
        )


def _fault(estate: Estate, *, machine: Ref, port: str, says: str, address: Ref, prefix: object, vid: int) -> Fault:
    text = estate.name_of(prefix)  # type: ignore[arg-type]
    return Fault(
        about=machine,
        detail=f"{port} {address.name}",
        involved=(address,),
        title=f"{machine.name} {port} {says}, and {address.name} belongs to VLAN {vid}",
        message=f"{machine.name} {port} {says}; its address {address.name} is in {text}, which is VLAN {vid}. It "
        "reaches nobody there, or one of the two is written down wrongly.",
        sides=(
            Side(source="Nautobot", says=f"{machine.name} {port} {says}"),
            Side(source="Nautobot", says=f"{text}: VLAN {vid}"),
        ),
        prefix=prefix,  # type: ignore[arg-type]
    )


RULE = Rule(
    slug="vlan-misfit",
    name="VLAN, prefix and tag do not fit",
    severity=Severity.WARNING,
    explanation="A machine is plugged into one VLAN and has an address of another one's prefix; or a network profile "
    "puts on another tag than the VLAN of its prefix.",
    cure="Correct the tag of the interface at its system, or the VLAN of the prefix, or the tag of the profile.",
    action="edit",
    find=find,
)
