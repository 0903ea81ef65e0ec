"""The seed of the lab: what `lab.md` names, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from nautobot.extras.models import ExternalIntegration, ObjectChange, ScheduledJob
from nautobot.ipam.models import VLAN, IPAddressRange, Prefix

from development.inside.design import read
from development.inside.prepare import administrator, enable_jobs, schedule
from development.inside.seed import seed
from nautobot_wow.ipam.allocator import Ask, allocate
from nautobot_wow.models import GuestImage, GuestSize, NetworkProfile, System
from nautobot_wow.schedules import SCHEDULES
from nautobot_wow.systems.credentials import connection_of

pytestmark = pytest.mark.django_db

ORDER = {"admin": "admin", "password": "first-password", "token": "a" * 40}


@pytest.fixture
def lab(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "proxmox_token_id").write_text("wow@pve!nautobot\n")
    (tmp_path / "proxmox_token_secret").write_text("secret\n")
    return {
        "proxmox": {"url": "https://127.0.0.1:8006", "ca_file": str(tmp_path / "ca.pem"), "networks": []},
        "secrets": str(tmp_path),
    }


def design(lab: dict[str, Any]) -> None:
    """Make the lab's Systems, and read its design."""
    administrator(ORDER)
    seed(lab, "admin")
    read(System.objects.get(kind="site-design"), get_user_model().objects.get(username="admin"))


def test_the_seed_makes_every_network_with_its_vlan(lab: dict[str, Any]) -> None:
    design(lab)
    assert {str(prefix.prefix): prefix.type for prefix in Prefix.objects.all()} == {
        "10.0.0.0/8": "container",
        **{f"{net}.0/24": "network" for net in ("10.1.1", *(f"172.16.{third}" for third in (100, 110, 120, 130, 160)))},
    }
    assert sorted(VLAN.objects.values_list("vid", flat=True)) == [100, 110, 120, 130, 160]
    assert Prefix.objects.get(network="172.16.110.0").vlan.vid == 110
    assert {row.name for row in Prefix.objects.get(network="10.1.1.0").locations.all()} == {"WOW-DC"}


def test_the_seed_makes_what_a_person_may_ask_for(lab: dict[str, Any]) -> None:
    design(lab)
    roles = IPAddressRange.objects.filter(role__isnull=False).values_list("start_host", "role__name")
    assert dict(roles)["172.16.110.120"] == "Load Balancer Pool"
    assert IPAddressRange.objects.count() == 15
    profiles = {row.name: row for row in NetworkProfile.objects.all()}
    assert sorted(profiles) == ["apps", "proxmox-mgmt", "vlan120"]
    assert (profiles["apps"].is_default, profiles["proxmox-mgmt"].restricted) == (True, True)
    assert [row.name for row in profiles["apps"].ranges.all()] == ["static guests"]
    assert (GuestSize.objects.count(), GuestImage.objects.count()) == (4, 10)
    given = {name: allocate(_ask(row))[0].host for name, row in profiles.items()}
    assert given == {"apps": "172.16.100.10", "proxmox-mgmt": "172.16.110.10", "vlan120": "172.16.120.2"}


def _ask(profile: NetworkProfile) -> Ask:
    return Ask(profile=profile, key=profile.name, justification="The lab has it")


def test_the_jobs_that_keep_house_run_by_themselves_on_behalf_of_the_administrator() -> None:
    administrator(ORDER)
    enable_jobs()
    assert (schedule("admin"), schedule("admin")) == (len(SCHEDULES), 0)
    assert dict(ScheduledJob.objects.values_list("name", "crontab")) == {one.name: one.crontab for one in SCHEDULES}
    assert {(row.enabled, row.user.username) for row in ScheduledJob.objects.all()} == {(True, "admin")}


def test_a_second_seed_writes_nothing(lab: dict[str, Any]) -> None:
    administrator(ORDER)
    assert seed(lab, "admin")["made"] > 0
    before = ObjectChange.objects.count()
    assert seed(lab, "admin") == {"made": 0, "changed": 0}
    assert ObjectChange.objects.count() == before


def test_a_lab_that_listens_elsewhere_changes_only_its_address(lab: dict[str, Any]) -> None:
    administrator(ORDER)
    seed(lab, "admin")
    lab["proxmox"]["url"] = "https://127.0.0.1:9999"
    assert seed(lab, "admin") == {"made": 0, "changed": 1}
    assert ExternalIntegration.objects.get(name="wow-proxmox").remote_url == "https://127.0.0.1:9999"


def test_the_system_can_log_in_with_tls_verified(lab: dict[str, Any]) -> None:
    administrator(ORDER)
    seed(lab, "admin")
    connection = connection_of(System.objects.get(name="wow-proxmox"))
    assert connection.verify_tls
    assert connection.ca_file == lab["proxmox"]["ca_file"]
    assert (connection.username, connection.secret.reveal()) == ("wow@pve!nautobot", "secret")


def test_the_switch_is_reached_over_ssh_with_its_key_pinned(lab: dict[str, Any], tmp_path: Path) -> None:
    administrator(ORDER)
    (tmp_path / "sg300_username").write_text("nautobot\n")
    (tmp_path / "sg300_password").write_text("a password\n")
    lab["sg300"] = {"url": "ssh://127.0.0.1:2222", "host_key": "ssh-rsa AAAA"}
    seed(lab, "admin")
    system = System.objects.get(name="wow-sg300")
    connection = connection_of(system)
    assert (connection.url, connection.username) == ("ssh://127.0.0.1:2222", "nautobot")
    assert connection.secret.reveal() == "a password"
    assert system.options == {"host_key": "ssh-rsa AAAA"}
    lab["sg300"]["host_key"] = "ssh-rsa BBBB"
    assert seed(lab, "admin") == {"made": 0, "changed": 1}
    assert System.objects.get(name="wow-sg300").options == {"host_key": "ssh-rsa BBBB"}


def test_networks_of_a_scaled_lab_get_prefixes_of_their_own(lab: dict[str, Any]) -> None:
    lab["proxmox"]["networks"] = [{"prefix": "10.64.0.0/22", "vlan": 1000, "name": "generated-0000"}]
    design(lab)
    assert Prefix.objects.get(network="10.64.0.0").vlan.vid == 1000


def test_the_administrator_is_made_once_and_keeps_a_password_of_his_own() -> None:
    assert administrator(ORDER) == "made"
    assert administrator({**ORDER, "password": None}) == "kept"
    assert administrator(ORDER) == "kept"
    assert administrator({**ORDER, "password": "another-password"}) == "changed"
    assert get_user_model().objects.get(username="admin").check_password("another-password")


def test_the_jobs_of_the_app_are_enabled_once() -> None:
    assert enable_jobs() > 0
    assert enable_jobs() == 0
