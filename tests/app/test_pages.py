"""The pages of the four models, by Nautobot's own tests of pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.testing import ViewTestCases
from nautobot.extras.models import Tag

from nautobot_wow.choices import ConflictState, DeletePolicy, Mode
from nautobot_wow.models import Claim, Conflict, Plan, System
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
