"""The pages of the models, by Nautobot's own tests of pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.testing import ViewTestCases
from nautobot.extras.models import Tag

from nautobot_wow.choices import ConflictState, DeletePolicy, Mode
from nautobot_wow.models import (
    Allocation,
    Claim,
    Conflict,
    Document,
    GuestImage,
    GuestSize,
    NetworkProfile,
    Plan,
    Sighting,
    System,
)
from tests.app import rows


class SystemPages(ViewTestCases.PrimaryObjectViewTestCase):
    model = System
    bulk_edit_data = {"description": "changed", "mode": Mode.RESTORE, "grace_runs": 5}

    @classmethod
    def setUpTestData(cls) -> None:
        for name in ("wow-prox1", "wow-prox2", "wow-prox3"):
            rows.system(name)
        cls.form_data = cls._form("wow-prox4")

    @staticmethod
    def _form(name: str) -> dict[str, Any]:
        from nautobot.ipam.models import get_default_namespace

        return {
            "name": name,
            "kind": "proxmox",
            "description": "The hypervisor in slot 1",
            "enabled": True,
            "namespace": get_default_namespace().pk,
            "options": '{"concurrency": 4}',
            "mode": Mode.KEEP,
            "precedence": 90,
            "delete_policy": DeletePolicy.RETIRE,
            "grace_runs": 3,
            "guards": '{"delete_count": 10}',
            "tags": [tag.pk for tag in Tag.objects.get_for_model(System)],
        }


class ClaimPages(ViewTestCases.GetObjectViewTestCase, ViewTestCases.ListObjectsViewTestCase):
    model = Claim

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        for number in (210, 211, 212):
            rows.claim(system, rows.guest(f"guest{number}"), f"lxc/{number}")


class PlanPages(ViewTestCases.GetObjectViewTestCase, ViewTestCases.ListObjectsViewTestCase):
    model = Plan

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        rows.plan(system)
        rows.plan(system, refused="half of it would go")
        rows.plan(system, applied_at=timezone.now())


class ConflictPages(
    ViewTestCases.GetObjectViewTestCase,
    ViewTestCases.GetObjectChangelogViewTestCase,
    ViewTestCases.GetObjectNotesViewTestCase,
    ViewTestCases.EditObjectViewTestCase,
    ViewTestCases.ListObjectsViewTestCase,
    ViewTestCases.BulkEditObjectsViewTestCase,
):
    model = Conflict
    form_data = {"state": ConflictState.ACKNOWLEDGED}
    bulk_edit_data = {"state": ConflictState.ACKNOWLEDGED}

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        rows.conflict(system, "one", **rows.about(rows.guest()))
        rows.conflict(system, "two")
        rows.conflict(None, "three", state=ConflictState.RESOLVED)


class NetworkProfilePages(ViewTestCases.PrimaryObjectViewTestCase):
    model = NetworkProfile
    bulk_edit_data = {"description": "changed", "hold_minutes": 5, "quarantine_hours": 0}

    @classmethod
    def setUpTestData(cls) -> None:
        of = rows.prefix()
        static = rows.ip_range("172.16.100.10", "172.16.100.49", "static guests")
        for name in ("apps", "mgmt", "vlan120"):
            rows.profile(name, of)
        cls.form_data = {
            "name": "storage",
            "description": "NFS and iSCSI",
            "enabled": True,
            "prefix": of.pk,
            "ranges": [static.pk],
            "gateway": "172.16.100.1",
            "bridge": "vmbr1",
            "vlan_tag": 160,
            "search_domain": "wow.example",
            "hold_minutes": 60,
            "quarantine_hours": 24,
            "tags": [tag.pk for tag in Tag.objects.get_for_model(NetworkProfile)],
        }


class DocumentPages(ViewTestCases.PrimaryObjectViewTestCase):
    model = Document

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.document(number)
        cls.bulk_edit_data = {"system": rows.system("another", kind="site-design").pk}
        cls.form_data = {
            "system": System.objects.get(name="design").pk,
            "path": "racks.yaml",
            "content": "racks: []",
            "tags": [tag.pk for tag in Tag.objects.get_for_model(Document)],
        }


class GuestSizePages(ViewTestCases.PrimaryObjectViewTestCase):
    model = GuestSize
    bulk_edit_data = {"description": "changed", "vm_cores": 5}

    @classmethod
    def setUpTestData(cls) -> None:
        for name in ("small", "medium", "large"):
            rows.size(name)
        cls.form_data = {
            "name": "xlarge",
            "container_cores": 8,
            "container_memory_mb": 8192,
            "container_disk_gb": 100,
            "vm_cores": 8,
            "vm_memory_mb": 8192,
            "vm_disk_gb": 200,
            "tags": [tag.pk for tag in Tag.objects.get_for_model(GuestSize)],
        }


class GuestImagePages(ViewTestCases.PrimaryObjectViewTestCase):
    model = GuestImage
    bulk_edit_data = {"description": "changed", "default_user": "root"}

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        for name in ("ubuntu22", "ubuntu24", "ubuntu25"):
            rows.image(system, name)
        cls.form_data = {
            "name": "debian12",
            "system": system.pk,
            "guest_type": "lxc",
            "source": "local:vztmpl/debian-12.tar.zst",
            "default_user": "root",
            "tags": [tag.pk for tag in Tag.objects.get_for_model(GuestImage)],
        }


class AllocationPages(ViewTestCases.GetObjectViewTestCase, ViewTestCases.ListObjectsViewTestCase):
    model = Allocation

    @classmethod
    def setUpTestData(cls) -> None:
        profile = rows.profile()
        for number in (10, 11, 12):
            rows.allocation(profile, number)


class SightingPages(ViewTestCases.GetObjectViewTestCase, ViewTestCases.ListObjectsViewTestCase):
    model = Sighting

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (54, 55, 79):
            rows.sighting(number)
