"""Put the lab's Systems into Nautobot: where they listen, how to log in, and the documents of those that people write.

What is already there is left as it is, except for where the lab listens, how to log in, and what the documents say. A
second run writes nothing. Places, networks and offers come from the design when it is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth import get_user_model
from nautobot.apps.change_logging import web_request_context
from nautobot.dcim.models import Location
from nautobot.extras.choices import SecretsGroupAccessTypeChoices, SecretsGroupSecretTypeChoices
from nautobot.extras.models import ExternalIntegration, Secret, SecretsGroup, SecretsGroupAssociation

from nautobot_wow.models import Document, System

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SYSTEMS = FIXTURES / "lab" / "systems.yaml"
GENERATED = "generated.yaml"
CREDENTIALS = {
    "proxmox": {
        (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "token_id",
        (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupSecretTypeChoices.TYPE_TOKEN): "token_secret",
        (SecretsGroupAccessTypeChoices.TYPE_REST, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "automation_token_id",
        (SecretsGroupAccessTypeChoices.TYPE_REST, SecretsGroupSecretTypeChoices.TYPE_TOKEN): "automation_token_secret",
    },
    "pfsense": {
        (SecretsGroupAccessTypeChoices.TYPE_SSH, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "username",
        (SecretsGroupAccessTypeChoices.TYPE_SSH, SecretsGroupSecretTypeChoices.TYPE_KEY): "key",
    },
    "routeros": {
        (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "username",
        (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupSecretTypeChoices.TYPE_PASSWORD): "password",
    },
    "sg300": {
        (SecretsGroupAccessTypeChoices.TYPE_SSH, SecretsGroupSecretTypeChoices.TYPE_USERNAME): "username",
        (SecretsGroupAccessTypeChoices.TYPE_SSH, SecretsGroupSecretTypeChoices.TYPE_PASSWORD): "password",
    },
}
"""What reads each server of the lab, and what may change something there as well."""
PINNED = ("host_key",)
"""Options of a System that the lab's note says."""


def seed(lab: dict[str, Any], admin: str) -> dict[str, int]:
    """Seed what is missing, as the administrator; returns how many objects were made and changed.

    `lab` holds the simulators' notes by system, and under "secrets" the folder that holds one file per secret.
    """
    with web_request_context(get_user_model().objects.get(username=admin), context_detail="development"):
        planter = plant(lab)
    return {"made": planter.made, "changed": planter.changed}


def plant(lab: dict[str, Any]) -> Planter:
    """Make what is missing, in whatever change context there is; returns who did it, with the counts."""
    planter = Planter()
    for row in yaml.safe_load(SYSTEMS.read_text(encoding="utf-8"))["systems"]:
        if "documents" in row:
            planter.written(row, lab["proxmox"].get("networks", []))
        elif row["lab"] in lab:
            planter.asked(row, lab)
    return planter


class Planter:
    """Makes what is missing, and counts."""

    def __init__(self) -> None:
        self.made = 0
        self.changed = 0

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

    def written(self, row: dict[str, str], networks: list[dict[str, Any]]) -> System:
        """Make a System that people write, with its documents."""
        system, _ = self.ensure(System, {"kind": row["kind"], "description": row["description"]}, name=row["name"])
        folder = FIXTURES / row["documents"]
        texts = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in files_of(folder)
            if path.name.endswith(system.system_kind.suffixes)
        }
        if row["kind"] == "site-design" and (generated := networks_beside(networks, texts)):
            texts[GENERATED] = generated
        for path, content in texts.items():
            document, made = self.ensure(Document, {"content": content}, system=system, path=path)
            if not made:
                self.correct(document, content=content)
        return system

    def asked(self, row: dict[str, str], lab: dict[str, Any]) -> System:
        """Make a System that is asked over the network, with its credentials, and keep it at where the lab listens."""
        endpoint = lab[row["lab"]]
        integration, _ = self.ensure(
            ExternalIntegration,
            {"remote_url": endpoint["url"], "secrets_group": self.credentials(row, lab["secrets"])},
            name=row["name"],
        )
        ca_file = endpoint.get("ca_file", "")
        self.correct(integration, remote_url=endpoint["url"], verify_ssl=True, ca_file_path=ca_file, timeout=30)
        values = {"kind": row["kind"], "description": row["description"], "external_integration": integration}
        pinned = {name: endpoint[name] for name in PINNED if name in endpoint}
        system, _ = self.ensure(System, {**values, "options": pinned}, name=row["name"])
        self.correct(system, options={**system.options, **pinned})
        place = Location.objects.filter(name=row["location"]).first()
        if place is not None and system.location is None:
            self.correct(system, location=place)
        return system

    def credentials(self, row: dict[str, str], folder: str) -> SecretsGroup:
        """Make the secrets group of a System; the secrets themselves stay in files of the state folder."""
        group, _ = self.ensure(SecretsGroup, {}, name=row["name"])
        for (access_type, secret_type), name in CREDENTIALS[row["lab"]].items():
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


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder of fixtures, and of those below it."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def networks_beside(networks: list[dict[str, Any]], texts: dict[str, str]) -> str:
    """Return a design of the networks that a scaled lab has beside those of the estate, empty if there are none."""
    described = [yaml.safe_load(text) for text in texts.values()]
    known = {row["prefix"] for design in described for row in design.get("prefixes", ())}
    vids = {row["vid"] for design in described for row in design.get("vlans", ())}
    group = next(row for design in described for row in design.get("vlan_groups", ()))
    more = [row for row in networks if row["prefix"] not in known]
    if not more:
        return ""
    vlans = [
        {"vid": row["vlan"], "name": row["name"], "group": group["name"]}
        for row in more
        if row["vlan"] and row["vlan"] not in vids
    ]
    prefixes = [
        {"prefix": row["prefix"], "location": group["location"], "description": row["name"]}
        | ({"vlan": row["vlan"]} if row["vlan"] else {})
        for row in more
    ]
    return yaml.safe_dump({"vlans": vlans, "prefixes": prefixes} if vlans else {"prefixes": prefixes}, sort_keys=False)
