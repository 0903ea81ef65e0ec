"""The roles of Proxmox VE and the privileges they stand for, by release.

Up to release 8, VM.Monitor stood for every right on the guest agent, and an auditor did not have it; since release 9
there are VM.GuestAgent privileges instead. A privilege that a release does not know is ignored.
"""

from __future__ import annotations

VM_AUDIT = frozenset({"VM.Audit", "VM.GuestAgent.Audit"})
VM_CONFIG = frozenset(
    f"VM.Config.{part}" for part in ("CDROM", "CPU", "Cloudinit", "Disk", "HWType", "Memory", "Network", "Options")
)
GUEST_AGENT = frozenset(
    f"VM.GuestAgent.{part}" for part in ("Audit", "FileRead", "FileSystemMgmt", "FileWrite", "Unrestricted")
)
VM_USER = frozenset({"VM.Audit", "VM.Backup", "VM.Config.CDROM", "VM.Config.Cloudinit", "VM.Console",
                     "VM.GuestAgent.Audit", "VM.GuestAgent.FileRead", "VM.GuestAgent.FileSystemMgmt",
                     "VM.GuestAgent.FileWrite", "VM.PowerMgmt"})  # fmt: skip
VM_ADMIN = (
    VM_USER
    | VM_CONFIG
    | GUEST_AGENT
    | frozenset({"VM.Monitor"})
    | frozenset({"VM.Allocate", "VM.Clone", "VM.Migrate", "VM.Replicate", "VM.Snapshot", "VM.Snapshot.Rollback"})
)
AUDITOR = frozenset({"Datastore.Audit", "Mapping.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit"}) | VM_AUDIT
DATASTORE_ADMIN = frozenset(
    {"Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit"}
)
SDN_ADMIN = frozenset({"SDN.Allocate", "SDN.Audit", "SDN.Use"})
POOL_ADMIN = frozenset({"Pool.Allocate", "Pool.Audit"})
USER_ADMIN = frozenset({"Group.Allocate", "Realm.AllocateUser", "User.Modify"})
SYS_ADMIN = frozenset({"Permissions.Modify", "Sys.Audit", "Sys.Console", "Sys.Syslog"})
MAPPING_ADMIN = frozenset({"Mapping.Audit", "Mapping.Modify", "Mapping.Use"})
ADMIN = VM_ADMIN | DATASTORE_ADMIN | SDN_ADMIN | POOL_ADMIN | USER_ADMIN | SYS_ADMIN | MAPPING_ADMIN
ADMINISTRATOR = ADMIN | frozenset(
    {"Realm.Allocate", "Sys.AccessNetwork", "Sys.Incoming", "Sys.Modify", "Sys.PowerMgmt"}
)

NO_ACCESS = "NoAccess"
UNKNOWN_BEFORE_9 = GUEST_AGENT
UNKNOWN_SINCE_9 = frozenset({"VM.Monitor"})
NEWEST = 9


def known(privileges: frozenset[str], major: int) -> frozenset[str]:
    """Return the privileges that a release knows."""
    return privileges - (UNKNOWN_BEFORE_9 if major < NEWEST else UNKNOWN_SINCE_9)


BUILT_IN: dict[str, frozenset[str]] = {
    "Administrator": ADMINISTRATOR,
    NO_ACCESS: frozenset(),
    "PVEAdmin": ADMIN,
    "PVEAuditor": AUDITOR,
    "PVEDatastoreAdmin": DATASTORE_ADMIN,
    "PVEDatastoreUser": frozenset({"Datastore.AllocateSpace", "Datastore.Audit"}),
    "PVEMappingAdmin": MAPPING_ADMIN,
    "PVEMappingAuditor": frozenset({"Mapping.Audit"}),
    "PVEMappingUser": frozenset({"Mapping.Audit", "Mapping.Use"}),
    "PVEPoolAdmin": POOL_ADMIN,
    "PVEPoolUser": frozenset({"Pool.Audit"}),
    "PVESDNAdmin": SDN_ADMIN,
    "PVESDNUser": frozenset({"SDN.Audit", "SDN.Use"}),
    "PVESysAdmin": SYS_ADMIN,
    "PVETemplateUser": frozenset({"VM.Audit", "VM.Clone"}),
    "PVEUserAdmin": USER_ADMIN,
    "PVEVMAdmin": VM_ADMIN,
    "PVEVMUser": VM_USER,
}
