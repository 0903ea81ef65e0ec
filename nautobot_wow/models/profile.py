"""NetworkProfile, GuestSize, GuestImage: what a person may ask for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import BaseModel, PrimaryModel, extras_features

from ..choices import NOT_FOR_HOSTS, GuestKind


def text_list() -> list[str]:
    """Return the default of a list of texts."""
    return []


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class NetworkProfile(PrimaryModel):
    """A network that a guest may be put on: where it is plugged in, which addresses are given out, what it is told.

    Addresses come only from its ranges; without any, from everything in its prefix that no range holds.
    """

    name = models.CharField(max_length=CHARFIELD_MAX_LENGTH, unique=True)
    description = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    enabled = models.BooleanField(default=True, help_text="No address is given out from a profile that is not enabled.")
    is_default = models.BooleanField(default=False, help_text="Taken where nobody chose another.")
    prefix = models.ForeignKey(
        to="ipam.Prefix",
        on_delete=models.PROTECT,
        related_name="wow_profiles",
        help_text="Where IPv4 addresses come from.",
    )
    prefix6 = models.ForeignKey(
        to="ipam.Prefix",
        on_delete=models.PROTECT,
        related_name="wow_profiles6",
        verbose_name="IPv6 prefix",
        blank=True,
        null=True,
        help_text="Where IPv6 addresses come from, if guests get any.",
    )
    ranges = models.ManyToManyField(
        to="ipam.IPAddressRange",
        through="nautobot_wow.ProfileRange",
        related_name="wow_profiles",
        blank=True,
        help_text="What may be given out, in both prefixes, one after the other; each starts again at its beginning "
        "when its end is reached. Without any, everything in the prefixes that no range holds.",
    )
    gateway = models.GenericIPAddressField(protocol="IPv4", blank=True, null=True)
    gateway6 = models.GenericIPAddressField(protocol="IPv6", verbose_name="IPv6 gateway", blank=True, null=True)
    bridge = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH, blank=True, help_text="Where the hypervisor plugs the guest in, such as vmbr0."
    )
    vlan_tag = models.PositiveSmallIntegerField(
        blank=True,
        null=True,
        validators=[MinValueValidator(1), MaxValueValidator(4094)],
        help_text="The tag that the hypervisor puts on; empty where the network is the bridge's own.",
    )
    dns_servers = models.JSONField(default=text_list, blank=True, help_text="A list of addresses.")
    search_domain = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    ntp_servers = models.JSONField(default=text_list, blank=True, help_text="A list of addresses or names.")
    restricted = models.BooleanField(
        default=False, help_text="Whoever asks for an address here says why (or has it approved, where that is set up)."
    )
    hold_minutes = models.PositiveIntegerField(
        default=60, help_text="How long an address is held for somebody who does not use it."
    )
    quarantine_hours = models.PositiveIntegerField(
        default=72, help_text="How long an address rests after it was given back, before somebody else gets it."
    )

    probe = models.BooleanField(
        default=False,
        help_text="Before an address is given out, ask whether somebody answers on it (echo request, else a few TCP "
        "ports); one that answers is remembered and passed over. Nautobot's workers must reach the network.",
    )

    clone_fields = ["description", "prefix", "prefix6", "gateway", "bridge", "dns_servers", "search_domain"]
    natural_key_field_names = ["name"]

    class Meta:
        ordering = ["name"]
        permissions = [("allocate_networkprofile", "Can allocate addresses from a network profile")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what an allocation or a guest would stumble over."""
        super().clean()
        errors: dict[str, str] = {}
        for field, version in (("prefix", 4), ("prefix6", 6)):
            prefix = getattr(self, field, None)
            if prefix is not None and prefix.ip_version != version:
                errors[field] = f"{prefix} is not an IPv{version} prefix."
        for field, prefix in (("gateway", self._network("prefix")), ("gateway6", self._network("prefix6"))):
            gateway = getattr(self, field)
            if gateway and not _is_gateway_of(gateway, prefix):
                errors[field] = f"{gateway} is not in {prefix or 'any prefix of the profile'}."
        errors |= {name: text for name, text in self._list_errors() if text}
        default = (
            NetworkProfile.objects.filter(is_default=True).exclude(pk=self.pk).first() if self.is_default else None
        )
        if default is not None:
            errors["is_default"] = f"{default} is the default already."
        if errors:
            raise ValidationError(errors)

    def range_errors(self, ranges: Iterable[Any]) -> list[str]:
        """Return why it cannot give addresses out of some of these ranges, in sentences."""
        prefixes = [prefix for prefix in (self.prefix, self.prefix6) if prefix is not None]
        found = []
        for one in ranges:
            if one.role is not None and one.role.name in NOT_FOR_HOSTS:
                found.append(f"{one} is a {one.role} range: its addresses are not ours to give out.")
            if not any(_is_inside(one, prefix) for prefix in prefixes):
                found.append(f"{one} is not in {' or '.join(str(prefix.prefix) for prefix in prefixes)}.")
        return found

    def _network(self, field: str) -> Any:
        prefix = getattr(self, field, None) if getattr(self, f"{field}_id", None) else None
        return ipaddress.ip_network(str(prefix.prefix)) if prefix is not None else None

    def _list_errors(self) -> list[tuple[str, str]]:
        found = []
        for name in ("dns_servers", "ntp_servers"):
            value = getattr(self, name)
            is_list = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
            found.append((name, "" if is_list else 'This must be a list of texts, such as ["172.16.100.2"].'))
        if not found[0][1]:
            try:
                for server in self.dns_servers:
                    ipaddress.ip_address(server)
            except ValueError as error:
                found.append(("dns_servers", f"{error}: a DNS server is given by its address."))
        return found


def _is_gateway_of(gateway: str, prefix: Any) -> bool:
    """Tell whether a network can have the gateway: it is in the prefix, or link-local as IPv6 routers are."""
    address = ipaddress.ip_address(gateway)
    return prefix is not None and (address in prefix or (address.version == 6 and address.is_link_local))


def _is_inside(one: Any, prefix: Any) -> bool:
    network = ipaddress.ip_network(str(prefix.prefix))
    ends = (ipaddress.ip_address(str(one.start_host)), ipaddress.ip_address(str(one.end_host)))
    return one.parent.namespace_id == prefix.namespace_id and all(end in network for end in ends)


class ProfileRange(BaseModel):
    """A range that a profile gives addresses out of."""

    profile = models.ForeignKey(NetworkProfile, on_delete=models.CASCADE, related_name="range_assignments")
    range = models.ForeignKey("ipam.IPAddressRange", on_delete=models.PROTECT, related_name="wow_assignments")

    is_metadata_associable_model = False
    natural_key_field_names = ["profile", "range"]

    class Meta:
        ordering = ["profile", "range"]
        constraints = [models.UniqueConstraint(fields=["profile", "range"], name="wow_profile_range_unique")]

    def __str__(self) -> str:
        return f"{self.profile}: {self.range}"


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class GuestSize(PrimaryModel):
    """How large a guest is, under a name that people use. Memory in MB, disks in GB (powers of 1024)."""

    name = models.CharField(max_length=CHARFIELD_MAX_LENGTH, unique=True)
    description = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    container_cores = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    container_memory_mb = models.PositiveIntegerField(
        verbose_name="container memory (MB)", validators=[MinValueValidator(16)]
    )
    container_disk_gb = models.PositiveIntegerField(
        verbose_name="container disk (GB)", validators=[MinValueValidator(1)]
    )
    vm_cores = models.PositiveSmallIntegerField(verbose_name="VM cores", validators=[MinValueValidator(1)])
    vm_memory_mb = models.PositiveIntegerField(verbose_name="VM memory (MB)", validators=[MinValueValidator(16)])
    vm_disk_gb = models.PositiveIntegerField(verbose_name="VM disk (GB)", validators=[MinValueValidator(1)])

    natural_key_field_names = ["name"]

    class Meta:
        ordering = ["container_memory_mb", "name"]

    def __str__(self) -> str:
        return self.name


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class GuestImage(PrimaryModel):
    """What a guest is made of on one System: a template to clone, or an archive to unpack."""

    name = models.CharField(max_length=CHARFIELD_MAX_LENGTH)
    description = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    system = models.ForeignKey(to="nautobot_wow.System", on_delete=models.CASCADE, related_name="images")
    guest_type = models.CharField(max_length=20, choices=GuestKind)
    source = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        help_text="For a VM the VMID of its template (9024), for a container the volume of its archive "
        "(TSVMDS01:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst).",
    )
    platform = models.ForeignKey(
        to="dcim.Platform", on_delete=models.PROTECT, related_name="wow_images", blank=True, null=True
    )
    default_user = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True, help_text="Who logs in at first.")

    natural_key_field_names = ["system", "name"]

    class Meta:
        ordering = ["system", "name"]
        constraints = [models.UniqueConstraint(fields=["system", "name"], name="wow_image_unique")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a source that cannot be of the type."""
        super().clean()
        if self.guest_type == GuestKind.VM and not self.source.isdigit():
            raise ValidationError({"source": f"{self.source!r} is not the VMID of a template."})
        if self.guest_type == GuestKind.LXC and ":" not in self.source:
            raise ValidationError({"source": f"{self.source!r} is not a volume, such as local:vztmpl/NAME.tar.zst."})
