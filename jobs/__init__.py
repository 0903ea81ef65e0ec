"""The Jobs, registered with Nautobot when the app starts."""

from __future__ import annotations

from nautobot.apps.jobs import register_jobs

from .allocate import AllocateAddress
from .conflicts import CheckConflicts
from .connection import TestConnection
from .forget import ForgetSightings
from .inventory import WriteInventory
from .provision import CarryOutRequest, CreateGuest, DecommissionGuest, MoveGuest, ResumeRequests
from .push import PushSystem
from .release import ReleaseSystem
from .snapshots import PruneSnapshots
from .sweep import ReturnHolds
from .sync import SyncSystem

jobs = [
    SyncSystem,
    PushSystem,
    ReleaseSystem,
    TestConnection,
    AllocateAddress,
    ReturnHolds,
    CreateGuest,
    MoveGuest,
    DecommissionGuest,
    CarryOutRequest,
    ResumeRequests,
    PruneSnapshots,
    CheckConflicts,
    ForgetSightings,
    WriteInventory,
]
register_jobs(*jobs)
