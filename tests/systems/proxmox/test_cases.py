"""Recorded answers of whole endpoints, and what is made of them.

A case is a folder: one file per request path, and `expected.json`. Write a case first when a real endpoint surprises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.systems.proxmox import snapshots
from tests.systems.proxmox.wire import Wire, recorded

CASES = Path(__file__).resolve().parents[3] / "fixtures" / "proxmox"
NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
LOOKS_SECRET = re.compile(r"BEGIN [A-Z ]*KEY|PVEAPIToken|cipassword|ssh-(rsa|ed25519) |password\"\s*:", re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_endpoint_is_read_as_expected(name: str, wire: Callable[[dict[str, Any]], Wire]) -> None:
    server = wire(recorded(CASES / name))
    snapshot = PROXMOX.read(server.connection(), ProxmoxOptions())
    expected = json.loads((CASES / name / "expected.json").read_text(encoding="utf-8"))
    assert snapshots.plain(snapshot) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_answer_is_asked_for_and_every_question_is_recorded(
    name: str, wire: Callable[[dict[str, Any]], Wire]
) -> None:
    server = wire(recorded(CASES / name))
    PROXMOX.read(server.connection(), ProxmoxOptions())
    assert set(server.asked) == set(server.answers)


def test_every_parser_has_a_case_that_uses_it() -> None:
    """All kinds of answers are recorded somewhere, and all kinds of records come out somewhere."""
    asked = {re.sub(r"\d+", "N", path) for name in NAMES for path in recorded(CASES / name)}
    assert {re.sub(r"pve\d|pveN", "NODE", path) for path in asked} >= {
        "version",
        "access/permissions",
        "access/acl",
        "cluster/status",
        "cluster/resources",
        "cluster/sdn/zones",
        "cluster/sdn/vnets",
        "cluster/sdn/vnets/office/subnets",
        "nodes/NODE/version",
        "nodes/NODE/network",
        "nodes/NODE/status",
        "nodes/NODE/disks/list",
        "nodes/NODE/hardware/pci",
        "nodes/NODE/qemu/N/config",
        "nodes/NODE/qemu/N/agent/network-get-interfaces",
        "nodes/NODE/qemu/N/agent/get-osinfo",
        "nodes/NODE/lxc/N/config",
        "nodes/NODE/lxc/N/interfaces",
    }
    expected = [json.loads((CASES / name / "expected.json").read_text(encoding="utf-8")) for name in NAMES]
    assert all(any(case["records"][kind.value] for case in expected) for kind in PROXMOX.kinds)


def test_no_recorded_answer_holds_a_secret() -> None:
    files = sorted(CASES.rglob("*.json"))
    assert files
    assert not [file for file in files if LOOKS_SECRET.search(file.read_text(encoding="utf-8"))]
