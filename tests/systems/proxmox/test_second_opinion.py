"""The same reading against a double of Proxmox VE that somebody else wrote from the original's sources."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from development.lab.certificates import Certificates
from nautobot_wow.errors import AuthenticationError
from nautobot_wow.records import AddressType, GuestRecord, Kind, Power
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.systems.proxmox.wire import SECRET, TOKEN


@pytest.fixture(scope="module")
def connection(certificates: Certificates) -> Iterator[Connection]:
    script = Path(__file__).with_name("second_opinion.py")
    command = [sys.executable, str(script), str(certificates.cert_file), str(certificates.key_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        assert port, "the other double did not start"
        yield Connection(
            system="other",
            url=f"https://127.0.0.1:{port}",
            username=TOKEN,
            secret=Secret(SECRET),
            ca_file=str(certificates.ca_file),
            timeout_s=10,
        )
        process.terminate()


@pytest.fixture(scope="module")
def snapshot(connection: Connection) -> Snapshot:
    return PROXMOX.read(connection, ProxmoxOptions())


def guests(snapshot: Snapshot) -> dict[str, GuestRecord]:
    return {record.key: record for record in snapshot.records if isinstance(record, GuestRecord)}


def test_another_double_is_read_without_a_refusal(snapshot: Snapshot) -> None:
    filler = {"vnet fake: subnet row 1"}  # it answers an object without a field where it knows no networks
    assert {refusal.key for refusal in snapshot.refused} <= filler
    assert snapshot.observed == {"nodes", "guests"}
    assert {key: (guest.name, guest.power) for key, guest in guests(snapshot).items()} == {
        "qemu/100": ("web", Power.ON),
        "qemu/101": ("quiet", Power.OFF),
        "lxc/103": ("box", Power.OFF),
    }
    assert snapshot.facts["templates"] == "1"


def test_sizes_and_cards_are_read_as_they_were_configured(snapshot: Snapshot) -> None:
    web = guests(snapshot)["qemu/100"]
    assert (web.vcpus, web.memory_mb, web.disk_gb) == (2, 2048, 32)
    cards = {record.key: vars(record) for record in snapshot.records if record.kind is Kind.GUEST_INTERFACE}
    assert (cards["qemu/100/net0"]["mac"], cards["qemu/100/net0"]["vid"]) == ("BC:24:11:00:00:01", 30)
    assert cards["lxc/103/net0"]["mac"] == "BC:24:11:00:00:03"


def test_the_address_of_a_stopped_container_is_the_configured_one(snapshot: Snapshot) -> None:
    found = {record.key: vars(record) for record in snapshot.records if record.kind is Kind.ADDRESS}
    assert found["192.0.2.53"]["interfaces"] == {"lxc/103/net0"}
    assert found["192.0.2.53"]["type"] is AddressType.HOST
    assert "guests/lxc/103/addresses" in snapshot.unseen


def test_another_double_refuses_a_wrong_secret(connection: Connection) -> None:
    wrong = Connection(**{**vars(connection), "secret": Secret("wrong")})
    with pytest.raises(AuthenticationError, match="wow@pve!reader"):
        PROXMOX.read(wrong, ProxmoxOptions())
