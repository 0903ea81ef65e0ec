"""`python -m development.lab proxmox`: ready when its file is there, gone when told, the same after a restart."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


def start(folder, *options, **how):
    command = [sys.executable, "-m", "development.lab", "proxmox", "--state-dir", str(folder), *options]
    return subprocess.Popen(command, cwd=ROOT, **how)


def ready(process, folder):
    for _ in range(300):
        if (folder / "proxmox.json").exists():
            return json.loads((folder / "proxmox.json").read_text())
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("the lab did not get ready")


def stop(process):
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=10)


def version(facts):
    header = {"Authorization": f"PVEAPIToken={facts['token_id']}={facts['token_secret']}"}
    return requests.get(f"{facts['url']}/api2/json/version", headers=header, verify=facts["ca_file"], timeout=5)


def test_it_serves_until_told_to_stop_and_a_restart_changes_nothing_for_clients(tmp_path):
    process = start(tmp_path, "--strict")
    try:
        first = ready(process, tmp_path)
        assert version(first).json()["data"]["release"] == "9.1"
        assert first["pid"] == process.pid
        trusted = Path(first["ca_file"]).read_bytes()
        for name in ("proxmox.json", "proxmox-kept.json", "tls/server.key"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        assert stop(process) == 0
    assert not (tmp_path / "proxmox.json").exists()
    process = start(tmp_path)
    try:
        second = ready(process, tmp_path)
        assert {**second, "pid": 0} == {**first, "pid": 0}
        assert Path(second["ca_file"]).read_bytes() == trusted
        assert version(second).status_code == 200
    finally:
        stop(process)


def test_a_port_that_is_taken_is_a_sentence_and_not_a_traceback(tmp_path, lab):
    process = start(tmp_path, "--port", str(lab.port), stderr=subprocess.PIPE, text=True)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.startswith("The lab's Proxmox cannot run: ")
    assert "Traceback" not in said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be orphaned")
def test_it_goes_with_its_parent_if_asked_to(tmp_path):
    script = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-m', 'development.lab', 'proxmox',"
        " '--state-dir', sys.argv[1], '--exit-with-parent']); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT)
    try:
        facts = ready(parent, tmp_path)
    finally:
        parent.kill()
        parent.wait(timeout=5)
    for _ in range(100):
        if not (tmp_path / "proxmox.json").exists():
            break
        time.sleep(0.05)
    with pytest.raises(requests.ConnectionError):
        version(facts)


def test_another_estate_is_another_endpoint(tmp_path):
    process = start(tmp_path, "--estate", str(ROOT / "fixtures" / "lab" / "cluster.yaml"))
    try:
        facts = ready(process, tmp_path)
        header = {"Authorization": f"Bearer {facts['control_token']}"}
        world = requests.get(f"{facts['control_url']}/world", headers=header, timeout=5).json()
        assert (world["cluster"], set(world["nodes"])) == ("lab", {"pve1", "pve2", "pve3"})
    finally:
        assert stop(process) == 0


def change(facts, op, **values):
    header = {"Authorization": f"Bearer {facts['control_token']}"}
    body = {"op": op, **values}
    requests.post(f"{facts['control_url']}/changes", headers=header, json=body, timeout=5).raise_for_status()


def guests(facts):
    header = {"Authorization": f"PVEAPIToken={facts['token_id']}={facts['token_secret']}"}
    url = f"{facts['url']}/api2/json/cluster/resources?type=vm"
    return {row["vmid"] for row in requests.get(url, headers=header, verify=facts["ca_file"], timeout=5).json()["data"]}


def test_what_was_made_is_there_after_a_restart_and_gone_in_another_world(tmp_path):
    process = start(tmp_path)
    try:
        first = ready(process, tmp_path)
        change(first, "destroy", id=210)
        change(first, "create", spec={"id": 777, "name": "made-here", "kind": "vm"})
    finally:
        stop(process)
    for options, has in (((), True), (("--guests", "3"), False)):
        process = start(tmp_path, *options)
        try:
            found = guests(ready(process, tmp_path))
            assert ({777} <= found, 210 not in found) == (has, has)
        finally:
            stop(process)
