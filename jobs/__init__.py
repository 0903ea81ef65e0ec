"""The Jobs, registered with Nautobot when the app starts."""

from __future__ import annotations

from nautobot.apps.jobs import register_jobs

from .sync import SyncSystem

jobs = [SyncSystem]
register_jobs(*jobs)
