"""A lab of their own for the peers, and the environment that holds them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from development.environment import peers_folder
from development.lab.client import Lab
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.peers.collection import Ansible
from tests.systems.proxmox.conftest import connection_to


@pytest.fixture(scope="package")
def running_lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """The lab as it is at its start."""
    running_lab.change("reset")
    return running_lab


@pytest.fixture
def ansible(lab: Lab, tmp_path: Path) -> Ansible:
    """Ansible with the collection, and nothing of this machine but a folder."""
    demand_peers()
    return Ansible(tmp_path, lab)


def demand_peers() -> None:
    """Skip the test where there are no peers; where all tests must run, fail it."""
    if sys.version_info < (3, 11):
        pytest.skip("no Ansible for Python 3.10 brings community.proxmox")
    if not (peers_folder() / "installed").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("the peers are not installed")
        pytest.skip("the peers are not installed: python3 -m development test")


@pytest.fixture
def read(lab: Lab) -> Callable[[], Snapshot]:
    """Read the lab as the app does."""
    return lambda: PROXMOX.read(connection_to(lab), ProxmoxOptions())
