"""The Jobs, registered with Nautobot when the app starts."""

from __future__ import annotations

from nautobot.apps.jobs import register_jobs

from .connection import TestConnection
from .release import ReleaseSystem
from .sync import SyncSystem

jobs = [SyncSystem, ReleaseSystem, TestConnection]
register_jobs(*jobs)
