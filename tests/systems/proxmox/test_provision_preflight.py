"""What would keep a guest from being made is said beforehand, all of it at once, and nothing is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.estate import CLUSTER_FILE
from nautobot_wow.errors import AuthenticationError, Forbidden, NotFound
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.provisioner import GuestSpec
from nautobot_wow.systems.proxmox.client import ProxmoxClient
from nautobot_wow.systems.proxmox.provision.guests import ProxmoxProvisioner
from nautobot_wow.systems.proxmox.provision.keys import key_complaint
from tests.systems.proxmox.conftest import connection_to
from tests.systems.proxmox.guests import AUTOMATION, KEYS, MAC, OTHER_REQUEST, container, nic, provisioner_at, vm

BOTH = pytest.mark.parametrize("spec", [container(), vm()], ids=["container", "vm"])


def said(lab: Lab, spec: GuestSpec) -> list[str]:
    lab.endpoint.written.clear()
    with provisioner_at(lab) as made:
        found = made.preflight(spec)
    assert not lab.endpoint.written
    return found


@BOTH
def test_a_guest_that_can_be_made_gives_no_sentence(lab: Lab, spec: GuestSpec) -> None:
    assert said(lab, spec) == []


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (container(vmid=210), "VMID 210 is taken by traefik."),
        (vm(vmid=210), "VMID 210 is taken by traefik."),
        (vm(name="Traefik"), "The name Traefik is taken by lxc/210 on wow-prox1."),
        (vm(node="pve9"), "There is no node pve9; there are wow-prox1."),
        (vm(source="9999"), "There is no template 9999, or the token may not see it."),
        (vm(source="211"), "dns2 (211) is a VM and not a template."),
        (vm(source="212"), "Template ipmgmt has no cloud-init drive, so the guest would not take its address."),
        (
            container(source="TSVMDS01:vztmpl/alpine.tar.xz"),
            "There is no image vztmpl/alpine.tar.xz on TSVMDS01; download it on node wow-prox1.",
        ),
        (
            container(source="debian"),
            "'debian' is not the volume of an image, such as local:vztmpl/debian-12.tar.zst.",
        ),
        (container(storage="nowhere"), "There is no storage nowhere on wow-prox1, or the token may not see it."),
        (container(storage="local"), "Storage local keeps no disks of containers (content type rootdir)."),
        (container(storage=None), "Storage local keeps no disks of containers (content type rootdir)."),
        (vm(storage="local"), "Storage local keeps no disks of VMs (content type images)."),
        (vm(disk_gb=9000), "Storage TSVMDS01 has 6732 GB left, and the disk wants 9000 GB."),
        (
            vm(nic=nic(bridge="vmbr7")),
            "There is no bridge vmbr7 on wow-prox1, or the token may not see it (SDN.Audit on "
            "/sdn/zones/localnetwork).",
        ),
        (vm(name="web_1"), "The name 'web_1' is no DNS name: use letters, digits and hyphens."),
        (
            vm(tags=("a b",)),
            "The tag 'a b' has letters that Proxmox VE does not take: use a-z, 0-9 and _ + . -",
        ),
        (vm(description="x" * 8200), "The description is longer than 8192 characters."),
        (vm(cores=0), "The size is impossible: cores is 0."),
        (vm(nic=nic(mac="01:00:5E:00:00:01")), "'01:00:5E:00:00:01' is not the MAC address of one card."),
        (vm(nic=nic(vlan_tag=4095)), "4095 is not a VLAN."),
        (vm(nic=nic(address4=None, gateway4=None)), "The guest is given no address."),
        (vm(nic=nic(address4="172.16.100.40")), "'172.16.100.40' is not an IPv4 address with its mask."),
        (
            vm(nic=nic(gateway4="172.16.110.1")),
            "The gateway 172.16.110.1 is not within the network of 172.16.100.40/24.",
        ),
        (vm(ssh_keys=(KEYS[0], "ssh-rsa")), "SSH key 2 is no public key such as 'ssh-ed25519 AAAA… name'."),
        (vm(ssh_keys=("\n".join(KEYS),)), "SSH key 1 holds several lines: give each key on its own."),
        (vm(features=("nesting=1",)), "The feature nesting is one of containers, and this is a VM."),
    ],
)
def test_each_reason_is_a_sentence(lab: Lab, spec: GuestSpec, sentence: str) -> None:
    assert sentence in said(lab, spec)


def test_a_feature_that_no_token_may_set_is_said_before_the_api_refuses_it(lab: Lab) -> None:
    spec = container(features=("nesting=1", "keyctl=1"))
    assert [text for text in said(lab, spec) if text.startswith("The feature keyctl may only be set by root@pam")]
    with provisioner_at(lab) as made, pytest.raises(Exception, match="only allowed for root@pam"):
        made.create(spec)


def test_everything_is_said_at_once(lab: Lab) -> None:
    spec = vm(vmid=210, name="dns2", storage="nowhere", nic=nic(bridge="vmbr7", mac="no"), ssh_keys=("x",))
    assert len(said(lab, spec)) == 6


def test_a_node_that_is_full_or_too_small_is_said(lab: Lab) -> None:
    lab.change("set_memory", node="wow-prox1", memory_mb=16000)
    found = said(lab, vm(memory_mb=15000, cores=500))
    assert any(text.startswith("Node wow-prox1 has ") and text.endswith("the guest wants 15000 MB.") for text in found)
    assert any(text.endswith("processors, and the guest wants 500.") for text in found)


def test_a_locked_template_is_said(lab: Lab) -> None:
    lab.change("set", id=9024, key="lock", value="backup")
    assert "Template ubuntu24 is locked (backup)." in said(lab, vm())


def test_a_tag_needs_a_bridge_that_knows_vlans(lab: Lab) -> None:
    lab.change("set_port", node="wow-prox1", name="vmbr5", port={"kind": "bridge", "bridge_ports": "eno9"})
    port = {"kind": "bridge", "bridge_ports": "eno9", "bridge_vlan_aware": True, "bridge_vids": "10 20-30"}
    lab.change("set_port", node="wow-prox1", name="vmbr6", port=port)
    not_aware = "Bridge vmbr5 on wow-prox1 is not VLAN aware, so a card on it cannot have the VLAN tag 110."
    assert not_aware in said(lab, vm(nic=nic(bridge="vmbr5", vlan_tag=110)))
    assert said(lab, vm(nic=nic(bridge="vmbr5"))) == []
    assert "Bridge vmbr6 on wow-prox1 does not carry VLAN 110." in said(lab, vm(nic=nic(bridge="vmbr6", vlan_tag=110)))
    assert said(lab, vm(nic=nic(bridge="vmbr6", vlan_tag=25))) == []


def test_what_an_earlier_attempt_made_is_not_in_its_own_way(lab: Lab) -> None:
    with provisioner_at(lab) as made:
        made.wait(made.create(vm()), 10)
    assert said(lab, vm()) == []
    assert "VMID 401 is taken by web1." in said(lab, vm(request_id=OTHER_REQUEST))


# ---------------------------------------------------------------------------------------------------------- the rights


@BOTH
@pytest.mark.parametrize(
    "privilege",
    ["VM.Allocate", "VM.Config.CPU", "VM.Config.Disk", "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options",
     "VM.PowerMgmt", "Datastore.AllocateSpace", "SDN.Use"],
)  # fmt: skip
def test_each_right_that_is_missing_is_named(lab: Lab, spec: GuestSpec, privilege: str) -> None:
    take(lab, privilege)
    assert any(f"The token lacks {privilege} on " in text for text in said(lab, spec))


@pytest.mark.parametrize("privilege", ["VM.Clone", "VM.Config.Cloudinit"])
def test_a_clone_needs_more_rights(lab: Lab, privilege: str) -> None:
    take(lab, privilege)
    assert any(f"The token lacks {privilege} on " in text for text in said(lab, vm()))
    assert said(lab, container()) == []


def take(lab: Lab, privilege: str) -> None:
    held = set(lab.endpoint.acl.roles["WowAutomation"]) - {privilege}
    lab.change("set_role", name="WowAutomation", privileges=sorted(held))


def test_a_right_in_the_pool_is_as_good(lab: Lab) -> None:
    lab.change("set_role", name="Builder", privileges=[*lab.endpoint.acl.roles["WowAutomation"]])
    take(lab, "VM.Allocate")
    who = ("wow@pve", AUTOMATION)
    lab.change("set_acl", rows=[
        *({"path": "/", "who": one, "role": "WowAutomation"} for one in who),
        *({"path": "/pool/infrastructure", "who": one, "role": "Builder"} for one in who),
    ])  # fmt: skip
    assert said(lab, vm()) == []
    assert said(lab, vm(pool=""))
    with provisioner_at(lab) as made:
        made.wait(made.create(vm()), 10)


@BOTH
def test_a_pool_that_is_not_there_or_not_seen_is_refused_by_name(lab: Lab, spec: GuestSpec) -> None:
    sentence = "There is no pool {0}, or the token may not see it (Pool.Audit on /pool/{0})."
    assert said(lab, replace(spec, pool="attic")) == [sentence.format("attic")]
    with provisioner_at(lab) as made, pytest.raises(NotFound, match="pool 'attic' does not exist"):
        made.create(replace(spec, pool="attic"))
    take(lab, "Pool.Audit")
    assert said(lab, spec) == [sentence.format("infrastructure")]


@BOTH
def test_a_pool_that_the_token_may_not_use_is_named(lab: Lab, spec: GuestSpec) -> None:
    take(lab, "VM.Allocate")
    sentence = f"The token lacks VM.Allocate on /vms/{spec.vmid} or /pool/infrastructure; "
    assert said(lab, spec) == [f"{sentence}grant it to the user and to the token."]
    with provisioner_at(lab) as made, pytest.raises(Forbidden):
        made.create(spec)
    assert lab.world.guests.get(spec.vmid) is None


def test_a_read_only_token_is_told_everything_it_lacks(lab: Lab) -> None:
    with provisioner_at(lab, token=Lab.token_id) as made:
        found = made.preflight(container())
    assert len(found) == 3
    assert all(text.startswith("The token lacks ") for text in found)


def test_a_question_that_is_refused_is_a_sentence(lab: Lab) -> None:
    lab.change("fault", action="status", path="/nodes/wow-prox1/status", status=403, reason="Permission check failed")
    assert any("GET nodes/wow-prox1/status is not allowed" in text for text in said(lab, vm()))
    lab.change("clear_faults")
    with (
        ProxmoxProvisioner(ProxmoxClient(connection_to(lab, secret=Secret("11111111-2222")))) as made,
        pytest.raises(AuthenticationError),
    ):
        made.preflight(vm())


# --------------------------------------------------------------------------------------------------------- a cluster


@pytest.fixture(scope="module")
def running_cluster() -> Iterator[Lab]:
    with Lab(estate=CLUSTER_FILE) as lab:
        yield lab


@pytest.fixture
def cluster(running_cluster: Lab) -> Lab:
    running_cluster.change("reset")
    role = [
        "VM.Audit",
        "VM.Allocate",
        "VM.Clone",
        "VM.PowerMgmt",
        "Datastore.Audit",
        "Datastore.AllocateSpace",
        "SDN.Audit",
        "SDN.Use",
        "Sys.Audit",
        "Pool.Audit",
        "VM.GuestAgent.Audit",
        *(f"VM.Config.{part}" for part in ("CPU", "Cloudinit", "Disk", "Memory", "Network", "Options")),
    ]
    running_cluster.change("set_role", name="Builder", privileges=role)
    rows = [{"path": "/", "who": who, "role": "Builder"} for who in ("wow@pve", AUTOMATION)]
    running_cluster.change("set_acl", rows=rows)
    running_cluster.change("create", spec={"id": 9000, "name": "golden", "node": "pve1", "running": False})
    running_cluster.change("set", id=9000, key="template", value=1)
    return running_cluster


def in_cluster(**changes: Any) -> GuestSpec:
    card = nic(bridge="dmz", address4="10.20.30.40/24", gateway4="10.20.30.1")
    return vm(**{"source": "9000", "node": "pve2", "pool": "", "nic": card, **changes})


def test_a_template_is_cloned_to_another_node_and_onto_a_vnet(cluster: Lab) -> None:
    spec = in_cluster()
    assert said(cluster, spec) == []
    with provisioner_at(cluster) as made:
        made.wait(made.create(spec), 10)
        made.configure(spec)
        made.start(spec.vmid)
        found = made.find(spec.vmid)
        assert found is not None
        assert found.node == "pve2"
        assert made.addresses(spec.vmid, MAC) == {"10.20.30.40"}


def test_a_node_that_is_down_is_said_and_not_asked(cluster: Lab) -> None:
    cluster.change("set_node", node="pve3", online=False)
    assert said(cluster, in_cluster(node="pve3")) == ["Node pve3 is not online."]


def test_a_vnet_that_is_not_vlan_aware_takes_no_tag(cluster: Lab) -> None:
    found = said(cluster, in_cluster(nic=nic(bridge="dmz", vlan_tag=5)))
    assert "VNet dmz is not VLAN aware, so a card on it cannot have the VLAN tag 5." in found


def test_a_storage_that_is_not_shared_keeps_a_clone_on_its_node(cluster: Lab) -> None:
    cluster.call(lambda: setattr(cluster.world.storages["TSVMDS01"], "shared", False))
    found = said(cluster, in_cluster())
    assert any("storage TSVMDS01 is not shared between them" in text for text in found)


# --------------------------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        (KEYS[0], None),
        (f"  {KEYS[1]}\n", None),
        ("", "is no public key"),
        (f"{KEYS[0]}\n{KEYS[1]}", "holds several lines"),
        (f"{KEYS[0]}\\n{KEYS[1]}", "holds several lines"),
        (f"{KEYS[0]} {KEYS[1]}", "holds two keys"),
        (KEYS[0].replace("AAAAC3", "AAAAC4"), "is damaged"),
        (KEYS[0][:40], "is damaged"),
        (KEYS[0].replace("ssh-ed25519", "ssh-rsa"), "is damaged"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "is no public key"),
    ],
)
def test_a_key_that_would_not_let_anybody_in_is_told_from_one_that_would(key: str, complaint: str | None) -> None:
    found = key_complaint(key)
    assert found is None if complaint is None else complaint in (found or "")
