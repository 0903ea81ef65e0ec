"""Serves another author's double of Proxmox VE, fakepve, in a process of its own: `python second_opinion.py CERT KEY`.

Prints the port when it listens. Nothing of ours is imported here, and fakepve is imported nowhere else.
"""

from __future__ import annotations

import asyncio
import sys

from fakepve import FakePve

TOKEN = "wow@pve!reader"
SECRET = "5f9d2c1e-0000-4000-8000-never-print-me"
AUDITOR = ("VM.Audit", "VM.GuestAgent.Audit", "Sys.Audit", "SDN.Audit", "Pool.Audit", "Datastore.Audit")
PATHS = ("/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms")


async def main(certificate: str, key: str) -> None:
    pve = FakePve(host="127.0.0.1", port=0)
    pve.apitokens[TOKEN] = SECRET
    pve.acl = {TOKEN: [(path, AUDITOR) for path in PATHS]}
    disk = "local-lvm:vm-100-disk-0,size=32G"
    web = {
        "cores": 2,
        "memory": "2048",
        "agent": "1",
        "scsi0": disk,
        "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=30",
    }
    pve.add_vm(100, "web", status="running", config={**web, "ipconfig0": "ip=192.0.2.50/24,gw=192.0.2.1"})
    pve.add_vm(
        101, "quiet", status="stopped", config={"memory": "1024", "net0": "virtio=BC:24:11:00:00:02,bridge=vmbr0"}
    )
    pve.add_vm(102, "mould", config={}, template=True)
    box = {"hostname": "box", "memory": 512, "net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:03,ip=192.0.2.53/24"}
    pve.add_ct(103, "box", status="stopped", config=box)
    await pve.start(certificate, key)
    print(pve.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
