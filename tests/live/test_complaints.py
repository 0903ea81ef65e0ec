"""What the launcher says of a Job that failed is what the Job has said."""

from __future__ import annotations

from typing import Any

import pytest

from development import main_job
from development.problems import Problem
from tests.live.api import Api

pytestmark = pytest.mark.live


@pytest.fixture
def system(api: Api) -> Any:
    """A System that its Job refuses to read."""
    system = api.only("/api/plugins/wow/systems/", name="wow-proxmox")
    path = f"/api/plugins/wow/systems/{system['id']}/"
    api.patch(path, {"enabled": False})
    yield system
    api.patch(path, {"enabled": True})


def test_a_job_that_failed_is_explained_by_its_own_words(api: Api, system: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="not enabled"):
        main_job.sync(api, system["name"], dry_run=True, what="a disabled system")
