"""Nautobot's REST API as somebody uses it who attaches Git repositories, job hooks and webhooks."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Iterator
from typing import Any

from development.rest import Rest

PATIENCE_S = 120
REPOSITORIES = "/api/extras/git-repositories/"


class Api(Rest):
    """The launcher's client, and what changes and removes things."""

    def patch(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Change something."""
        return self._send("PATCH", path, content)

    def delete(self, path: str) -> None:
        """Remove something; the answer has no content."""
        request = urllib.request.Request(
            self.url + path, method="DELETE", headers={"Authorization": f"Token {self.token}"}
        )
        with self._opener.open(request, timeout=self.timeout_s) as answer:
            assert answer.status == 204

    def only(self, path: str, **query: str) -> dict[str, Any]:
        """Return the one object that fits."""
        (found,) = self.find(path, **query)
        return found

    @contextlib.contextmanager
    def having(self, path: str, **content: Any) -> Iterator[dict[str, Any]]:
        """Make something for the time of the block."""
        made = self.post(path, content)
        try:
            yield made
        finally:
            self.delete(f"{path}{made['id']}/")

    @contextlib.contextmanager
    def having_repository(self, slug: str, url: str) -> Iterator[str]:
        """Attach a Git repository that provides Jobs, and sync it; yields what the sync said."""
        content = {"name": slug, "slug": slug, "remote_url": url, "branch": "main", "provided_contents": ["extras.job"]}
        with self.having(REPOSITORIES, **content) as repository:
            yield self.sync_repository(repository["id"])
        self._forget_jobs(slug)

    def sync_repository(self, key: str) -> str:
        """Sync a Git repository and return the log of it."""
        started = self.post(f"{REPOSITORIES}{key}/sync/", {})
        result = self.wait(started["job_result"]["id"])
        said = self.log_of(result["id"])
        assert result["status"]["value"] == "SUCCESS", said
        return said

    def wait(self, result_id: str) -> dict[str, Any]:
        """Wait for the result of a Job."""
        return self._await(result_id, PATIENCE_S, lambda _: None)

    def log_of(self, result_id: str) -> str:
        """Return what a Job has said."""
        rows = self.find("/api/extras/job-logs/", job_result=result_id)
        return "\n".join(f"{row['log_level']}: {row['message']}" for row in rows)

    def enable(self, module: str, name: str) -> dict[str, Any]:
        """Let a Job run."""
        job = self.only("/api/extras/jobs/", module_name=module, job_class_name=name)
        return self.patch(f"/api/extras/jobs/{job['id']}/", {"enabled": True})

    def run(self, module: str, name: str, **data: Any) -> dict[str, Any]:
        """Run a Job to its good end."""
        result = self.run_job(module, name, data, PATIENCE_S)
        assert result["status"]["value"] == "SUCCESS", self.log_of(result["id"])
        return result

    def _forget_jobs(self, slug: str) -> None:
        """Remove the records of Jobs whose repository is gone; Nautobot keeps them as not installed."""
        for job in self.find("/api/extras/jobs/", module_name__isw=f"{slug}."):
            self.delete(f"/api/extras/jobs/{job['id']}/")
