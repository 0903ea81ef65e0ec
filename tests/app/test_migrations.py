"""The migrations say what the models say."""

from __future__ import annotations

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "nautobot_wow", check=True, dry_run=True, verbosity=0)
