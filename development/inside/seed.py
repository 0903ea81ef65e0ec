"""Put into Nautobot what the lab's systems need to be read: places, VLANs, prefixes, ranges, credentials, the Systems;
and what a person may ask for: network profiles, sizes, images.

What is already there is left as it is, except for where the lab listens and how to log in. A second run writes nothing.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from nautobot.apps.change_logging import web_request_context
from nautobot.dcim.models import Location, LocationType, Platform
from nautobot.extras.choices import SecretsGroupAccessTypeChoices, SecretsGroupSecretTypeChoices
from nautobot.extras.models import ExternalIntegration, Role, Secret, SecretsGroup, SecretsGroupAssociation, Status
from nautobot.ipam.models import VLAN, IPAddressRange, Namespace, Prefix, VLANGroup

from nautobot_wow.models import GuestImage, GuestSize, NetworkProfile, System

SEED = Path(__file__).resolve().parents[2] / "fixtures" / "lab_seed.yaml"
CREDENTIALS = {
    (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "token_id",
    (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupSecretTypeChoices.TYPE_TOKEN): "token_secret",
    (SecretsGroupAccessTypeChoices.TYPE_REST, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "automation_token_id",
    (SecretsGroupAccessTypeChoices.TYPE_REST, SecretsGroupSecretTypeChoices.TYPE_TOKEN): "automation_token_secret",
}
"""What reads, and what may change something as well."""


def seed(lab: dict[str, Any], admin: str) -> dict[str, int]:
    """Seed what is missing, as the administrator; returns how many objects were made and changed.

    `lab` holds the simulators' notes by system, and under "secrets" the folder that holds one file per secret.
    """
    with web_request_context(get_user_model().objects.get(username=admin), context_detail="development"):
        planter = plant(lab)
    return {"made": planter.made, "changed": planter.changed}


def plant(lab: dict[str, Any]) -> Planter:
    """Make what is missing, in whatever change context there is; returns who did it, with the counts."""
    described = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    planter = Planter()
    planter.places(described)
    planter.networks(described)
    planter.generated(lab["proxmox"].get("networks", []), described["vlan_group"])
    planter.ranges(described["ranges"])
    planter.profiles(described["profiles"], described["told_to_guests"])
    planter.sizes(described["sizes"])
    planter.systems(described["systems"], lab)
    planter.images(described["images"], described["systems"][0]["name"])
    return planter


class Planter:
    """Makes what is missing, and counts."""

    def __init__(self) -> None:
        self.made = 0
        self.changed = 0
        self.active = Status.objects.get(name="Active")
        self.namespace = Namespace.objects.get(name="Global")

    def ensure(self, model: Any, values: dict[str, Any], **key: Any) -> tuple[Any, bool]:
        """Return the object with that key, made with these values if there is none."""
        found = model.objects.filter(**key).first()
        if found is not None:
            return found, False
        found = model(**key, **values)
        found.validated_save()
        self.made += 1
        return found, True

    def correct(self, found: Any, **values: Any) -> None:
        """Change the values that differ."""
        different = {name: value for name, value in values.items() if getattr(found, name) != value}
        if different:
            for name, value in different.items():
                setattr(found, name, value)
            found.validated_save()
            self.changed += 1

    # -------------------------------------------------------------------------------------------------------- networks
    def places(self, described: dict[str, Any]) -> None:
        """Make the types of locations, and the locations."""
        for row in described["location_types"]:
            parent = LocationType.objects.get(name=row["parent"]) if "parent" in row else None
            found, made = self.ensure(LocationType, {"parent": parent}, name=row["name"])
            if made:
                found.content_types.set(content_types(row.get("content_types", [])))
        for row in described["locations"]:
            parent = Location.objects.get(name=row["parent"]) if "parent" in row else None
            kind = LocationType.objects.get(name=row["type"])
            self.ensure(Location, {"location_type": kind, "status": self.active}, name=row["name"], parent=parent)

    def networks(self, described: dict[str, Any]) -> None:
        """Make the VLANs of the site and the prefixes."""
        group = described["vlan_group"]
        location = Location.objects.get(name=group["location"])
        self.ensure(VLANGroup, {"location": location}, name=group["name"])
        for row in described["vlans"]:
            self.vlan(row, group)
        for row in described["prefixes"]:
            self.prefix(row, group)

    def vlan(self, row: dict[str, Any], group: dict[str, str]) -> None:
        """Make a VLAN in the group, at the group's location."""
        values = {"name": row["name"], "status": self.active, "description": row.get("description", "")}
        vlan_group = VLANGroup.objects.get(name=group["name"])
        found, made = self.ensure(VLAN, values, vid=row["vid"], vlan_group=vlan_group)
        if made:
            found.locations.add(vlan_group.location)

    def prefix(self, row: dict[str, Any], group: dict[str, str]) -> None:
        """Make a prefix, with its VLAN where it has one."""
        network = ipaddress.ip_network(row["prefix"])
        key = {"network": str(network.network_address), "prefix_length": network.prefixlen}
        vlan = VLAN.objects.get(vid=row["vlan"], vlan_group__name=group["name"]) if row.get("vlan") else None
        if Prefix.objects.filter(namespace=self.namespace, **key).exists():
            return
        found = Prefix(
            prefix=row["prefix"],
            namespace=self.namespace,
            type=row.get("type", "network"),
            status=self.active,
            vlan=vlan,
            description=row.get("description", ""),
        )
        found.validated_save()
        found.locations.add(Location.objects.get(name=group["location"]))
        self.made += 1

    def generated(self, networks: list[dict[str, Any]], group: dict[str, str]) -> None:
        """Make the networks that a scaled lab has beside those of the estate."""
        for row in networks:
            known = VLAN.objects.filter(vid=row["vlan"], vlan_group__name=group["name"]) if row["vlan"] else None
            if known is not None and not known.exists():
                self.vlan({"vid": row["vlan"], "name": row["name"]}, group)
            self.prefix({"prefix": row["prefix"], "vlan": row["vlan"], "description": row["name"]}, group)

    # ---------------------------------------------------------------------------------------- what a person may ask for
    def ranges(self, rows: list[dict[str, str]]) -> None:
        """Make the ranges."""
        for row in rows:
            found = self.range_at(row["first"])
            if found is not None:
                continue
            found = IPAddressRange(
                start_address=row["first"],
                end_address=row["last"],
                namespace=self.namespace,
                name=row["name"],
                role=Role.objects.get(name=row["role"]) if "role" in row else None,
                status=self.active,
                description=row.get("description", ""),
            )
            found.validated_save()
            self.made += 1

    def range_at(self, first: str) -> IPAddressRange | None:
        """Return the range that begins at an address, if there is one."""
        found: IPAddressRange | None = IPAddressRange.objects.filter(
            parent__namespace=self.namespace, start_host=first
        ).first()
        return found

    def profiles(self, rows: list[dict[str, Any]], told: dict[str, Any]) -> None:
        """Make the network profiles with their ranges."""
        for row in rows:
            network = ipaddress.ip_network(row["prefix"])
            key = {"network": str(network.network_address), "prefix_length": network.prefixlen}
            prefix = Prefix.objects.get(namespace=self.namespace, **key)
            given = {name: value for name, value in row.items() if name not in ("name", "prefix", "ranges")}
            found, made = self.ensure(NetworkProfile, {"prefix": prefix, **given, **told}, name=row["name"])
            if made:
                found.ranges.set([self.range_at(first) for first in row.get("ranges", ())])

    def sizes(self, rows: list[dict[str, Any]]) -> None:
        """Make the sizes."""
        for row in rows:
            values = {
                f"{kind}_{name}": number
                for kind in ("container", "vm")
                for name, number in zip(("cores", "memory_mb", "disk_gb"), row[kind], strict=True)
            }
            self.ensure(GuestSize, values, name=row["name"])

    def images(self, rows: list[dict[str, str]], system_name: str) -> None:
        """Make the images of a System, with their platforms."""
        system = System.objects.get(name=system_name)
        for row in rows:
            platform, _ = self.ensure(Platform, {}, name=row["platform"])
            values = {
                "guest_type": row["type"],
                "source": row["source"],
                "platform": platform,
                "default_user": row["user"],
            }
            self.ensure(GuestImage, values, system=system, name=row["name"])

    # --------------------------------------------------------------------------------------------------------- systems
    def systems(self, rows: list[dict[str, str]], lab: dict[str, Any]) -> None:
        """Make the Systems with their credentials, and keep them at where the lab listens."""
        for row in rows:
            endpoint = lab[row["lab"]]
            integration, _ = self.ensure(
                ExternalIntegration,
                {"remote_url": endpoint["url"], "secrets_group": self.credentials(row, lab["secrets"])},
                name=row["name"],
            )
            self.correct(
                integration, remote_url=endpoint["url"], verify_ssl=True, ca_file_path=endpoint["ca_file"], timeout=30
            )
            location = Location.objects.get(name=row["location"])
            values = {
                "kind": row["kind"],
                "description": row["description"],
                "location": location,
                "external_integration": integration,
            }
            self.ensure(System, values, name=row["name"])

    def credentials(self, row: dict[str, str], folder: str) -> SecretsGroup:
        """Make the secrets group of a System; the secrets themselves stay in files of the state folder."""
        group, _ = self.ensure(SecretsGroup, {}, name=row["name"])
        for (access_type, secret_type), name in CREDENTIALS.items():
            path = str(Path(folder) / f"{row['lab']}_{name}")
            title = f"{row['name']} {secret_type}{' for changes' if name.startswith('automation') else ''}"
            secret, _ = self.ensure(Secret, {"provider": "text-file", "parameters": {"path": path}}, name=title)
            self.correct(secret, parameters={"path": path})
            self.ensure(
                SecretsGroupAssociation,
                {"secret": secret},
                secrets_group=group,
                access_type=access_type,
                secret_type=secret_type,
            )
        return group


def content_types(labels: list[str]) -> list[ContentType]:
    """Return the content types that labels like dcim.device name."""
    return [ContentType.objects.get_by_natural_key(*label.split(".")) for label in labels]
