"""The REST endpoints of the models: Nautobot's own tests, and what may not be done."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from nautobot.apps.testing import APIViewTestCases
from nautobot.extras.models import Role
from rest_framework import status

from nautobot_wow.choices import ConflictState
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


class SystemEndpoint(APIViewTestCases.APIViewTestCase):
    model = System
    choices_fields = ["delete_policy", "kind", "mode"]
    bulk_update_data = {"description": "changed", "grace_runs": 5}
    create_data = [
        {"name": "wow-prox4", "kind": "proxmox", "options": {"concurrency": 4}},
        {"name": "wow-prox5", "kind": "proxmox", "guards": {"delete_count": 10}, "precedence": 5},
        {"name": "wow-prox6", "kind": "proxmox"},
    ]

    @classmethod
    def setUpTestData(cls) -> None:
        for name in ("wow-prox1", "wow-prox2", "wow-prox3"):
            rows.system(name)

    def test_health_is_not_taken_from_a_request(self) -> None:
        self.add_permissions("nautobot_wow.change_system")
        system = System.objects.first()
        url = self._get_detail_url(system)
        self.client.patch(url, {"last_status": "ok", "last_message": "fine"}, format="json", **self.header)
        system.refresh_from_db()
        assert (system.last_status, system.last_message) == ("never", "")

    def test_an_unknown_option_is_refused_with_the_known_ones(self) -> None:
        self.add_permissions("nautobot_wow.add_system")
        data = {"name": "x", "kind": "proxmox", "options": {"concurency": 4}}
        response = self.client.post(self._get_list_url(), data, format="json", **self.header)
        self.assertHttpStatus(response, status.HTTP_400_BAD_REQUEST)
        assert "concurency" in str(response.data["options"])
        assert "concurrency" in str(response.data["options"])


class ReadOnly(APIViewTestCases.GetObjectViewTestCase, APIViewTestCases.ListObjectsViewTestCase):
    """What runs write and REST only shows."""

    def test_nothing_can_be_written_by_anybody(self) -> None:
        self.user.is_superuser = True
        self.user.save()
        row = self.model.objects.first()
        calls: list[tuple[Any, str, dict[str, Any]]] = [
            (self.client.post, self._get_list_url(), {}),
            (self.client.patch, self._get_detail_url(row), {}),
            (self.client.put, self._get_detail_url(row), {}),
            (self.client.delete, self._get_detail_url(row), {}),
        ]
        for call, url, data in calls:
            response = call(url, data, format="json", **self.header)
            self.assertHttpStatus(response, status.HTTP_405_METHOD_NOT_ALLOWED)


class ClaimEndpoint(ReadOnly):
    model = Claim

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        for number in (210, 211, 212):
            rows.claim(system, rows.guest(f"guest{number}"), f"lxc/{number}")

    def test_the_object_is_shown_like_every_related_object(self) -> None:
        self.add_permissions("nautobot_wow.view_claim")
        claim = Claim.objects.first()
        shown = self.client.get(self._get_detail_url(claim), **self.header).data["object"]
        assert shown["id"] == claim.object_id
        assert shown["object_type"] == "virtualization.virtualmachine"
        assert shown["url"].endswith(f"/api/virtualization/virtual-machines/{claim.object_id}/")

    def test_the_claims_of_one_guest_are_found(self) -> None:
        self.add_permissions("nautobot_wow.view_claim")
        claim = Claim.objects.get(external_id="lxc/211")
        url = f"{self._get_list_url()}?object_type=virtualization.virtualmachine&object_id={claim.object_id}"
        found = self.client.get(url, **self.header).data["results"]
        assert [row["external_id"] for row in found] == ["lxc/211"]


class PlanEndpoint(ReadOnly):
    model = Plan

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        for _ in range(3):
            rows.plan(system)

    def test_the_content_is_there_only_when_asked_for(self) -> None:
        self.add_permissions("nautobot_wow.view_plan")
        url = self._get_detail_url(Plan.objects.first())
        assert "content" not in self.client.get(url, **self.header).data
        asked = self.client.get(f"{url}?include=content", **self.header).data
        assert asked["content"]["changes"][0]["key"] == "lxc/210"
        assert asked["state"] == "pending"


class ConflictEndpoint(APIViewTestCases.GetObjectViewTestCase, APIViewTestCases.ListObjectsViewTestCase):
    model = Conflict

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        for title in ("one", "two", "three"):
            rows.conflict(system, title)

    def test_the_state_can_be_changed_and_nothing_else(self) -> None:
        self.add_permissions("nautobot_wow.change_conflict")
        conflict = Conflict.objects.get(title="one")
        data = {"state": ConflictState.RESOLVED, "title": "mine", "severity": "info", "evidence": []}
        response = self.client.patch(self._get_detail_url(conflict), data, format="json", **self.header)
        self.assertHttpStatus(response, status.HTTP_200_OK)
        conflict.refresh_from_db()
        assert (conflict.state, conflict.title, conflict.severity) == ("resolved", "one", "critical")
        assert conflict.evidence
        assert conflict.resolved_at <= timezone.now()

    def test_an_unknown_state_is_refused(self) -> None:
        self.add_permissions("nautobot_wow.change_conflict")
        url = self._get_detail_url(Conflict.objects.first())
        response = self.client.patch(url, {"state": "ignored"}, format="json", **self.header)
        self.assertHttpStatus(response, status.HTTP_400_BAD_REQUEST)

    def test_without_the_right_to_change_it_stays_open(self) -> None:
        self.add_permissions("nautobot_wow.view_conflict")
        conflict = Conflict.objects.first()
        url = self._get_detail_url(conflict)
        response = self.client.patch(url, {"state": "resolved"}, format="json", **self.header)
        self.assertHttpStatus(response, status.HTTP_403_FORBIDDEN)
        conflict.refresh_from_db()
        assert conflict.state == ConflictState.OPEN

    def test_nobody_creates_or_deletes_a_conflict(self) -> None:
        self.user.is_superuser = True
        self.user.save()
        url = self._get_detail_url(Conflict.objects.first())
        for response in (
            self.client.post(self._get_list_url(), {"title": "x"}, format="json", **self.header),
            self.client.put(url, {"title": "x"}, format="json", **self.header),
            self.client.delete(url, **self.header),
            self.client.delete(self._get_list_url(), [], format="json", **self.header),
        ):
            self.assertHttpStatus(response, status.HTTP_405_METHOD_NOT_ALLOWED)

    def test_a_note_can_be_left(self) -> None:
        self.add_permissions("nautobot_wow.view_conflict", "extras.add_note")
        url = reverse("plugins-api:nautobot_wow-api:conflict-notes", kwargs={"pk": Conflict.objects.first().pk})
        response = self.client.post(url, {"note": "asked the owner"}, format="json", **self.header)
        self.assertHttpStatus(response, status.HTTP_201_CREATED)


class NetworkProfileEndpoint(APIViewTestCases.APIViewTestCase):
    model = NetworkProfile
    bulk_update_data = {"description": "changed", "hold_minutes": 5}

    @classmethod
    def setUpTestData(cls) -> None:
        of = rows.prefix()
        cls.static = rows.ip_range("172.16.100.10", "172.16.100.49", "static guests")
        cls.dhcp = rows.ip_range("172.16.100.50", "172.16.100.99", "pool", Role.objects.get(name="DHCP"))
        for name in ("apps", "mgmt", "vlan120"):
            rows.profile(name, of)
        rows.prefix("172.16.110.0/24")
        cls.there = rows.ip_range("172.16.110.10", "172.16.110.49", "elsewhere")
        cls.create_data = [
            {"name": "one", "prefix": of.pk, "gateway": "172.16.100.1", "dns_servers": ["172.16.100.2"]},
            {"name": "two", "prefix": of.pk, "restricted": True},
            {"name": "three", "prefix": of.pk, "vlan_tag": 120},
        ]

    def ranges_of(self, response: Any) -> list[str]:
        profile = NetworkProfile.objects.get(pk=response.data["id"])
        return [row.name for row in profile.ranges.all()]

    def test_the_ranges_are_set_shown_and_replaced(self) -> None:
        self.user.is_superuser = True
        self.user.save()
        data = {"name": "ranged", "prefix": str(rows.NetworkProfile.objects.first().prefix_id), "ranges": []}
        made = self.client.post(self._get_list_url(), data | {"ranges": [self.static.pk]}, format="json", **self.header)
        self.assertHttpStatus(made, status.HTTP_201_CREATED)
        assert self.ranges_of(made) == ["static guests"]
        url = self._get_detail_url(NetworkProfile.objects.get(name="ranged"))
        shown = self.client.get(f"{url}?exclude_m2m=false", **self.header).data["ranges"]
        assert [one["id"] for one in shown] == [self.static.pk]
        assert self.ranges_of(self.client.patch(url, {"ranges": []}, format="json", **self.header)) == []

    def test_ranges_that_are_not_the_profiles_to_give_are_refused(self) -> None:
        self.user.is_superuser = True
        self.user.save()
        url = self._get_detail_url(NetworkProfile.objects.get(name="apps"))
        for one, said in ((self.dhcp, "DHCP range"), (self.there, "not in 172.16.100.0/24")):
            response = self.client.patch(url, {"ranges": [one.pk]}, format="json", **self.header)
            self.assertHttpStatus(response, status.HTTP_400_BAD_REQUEST)
            assert said in str(response.data["ranges"])


class DocumentEndpoint(APIViewTestCases.APIViewTestCase):
    model = Document
    bulk_update_data = {"content": "racks: []  # changed\n"}

    @classmethod
    def setUpTestData(cls) -> None:
        system = [rows.document(number) for number in (1, 2, 3)][0].system
        cls.create_data = [
            {"system": system.pk, "path": f"more{number}.yaml", "content": "vlans: []"} for number in (1, 2, 3)
        ]


class GuestSizeEndpoint(APIViewTestCases.APIViewTestCase):
    model = GuestSize
    bulk_update_data = {"description": "changed", "vm_cores": 5}

    @classmethod
    def setUpTestData(cls) -> None:
        for name in ("small", "medium", "large"):
            rows.size(name)
        numbers = {"container_cores": 1, "container_memory_mb": 512, "container_disk_gb": 8}
        numbers |= {"vm_cores": 1, "vm_memory_mb": 1024, "vm_disk_gb": 20}
        cls.create_data = [{"name": name} | numbers for name in ("one", "two", "three")]


class GuestImageEndpoint(APIViewTestCases.APIViewTestCase):
    model = GuestImage
    choices_fields = ["guest_type"]
    bulk_update_data = {"description": "changed", "default_user": "root"}

    @classmethod
    def setUpTestData(cls) -> None:
        system = rows.system()
        for name in ("ubuntu22", "ubuntu24", "ubuntu25"):
            rows.image(system, name)
        cls.create_data = [
            {"name": name, "system": system.pk, "guest_type": "qemu", "source": "9026"} for name in ("a", "b", "c")
        ]


class AllocationEndpoint(ReadOnly):
    model = Allocation

    @classmethod
    def setUpTestData(cls) -> None:
        profile = rows.profile()
        for number in (10, 11, 12):
            rows.allocation(profile, number)


class SightingEndpoint(ReadOnly):
    model = Sighting

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (54, 55, 79):
            rows.sighting(number)


del ReadOnly
