"""Nautobot's REST API in a few lines, for a launcher that has only the standard library."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from .problems import Problem

DONE = ("SUCCESS", "FAILURE", "REVOKED")


class Rest:
    """A session with a token. Answers are dictionaries; whatever is not a good answer is a Problem."""

    def __init__(self, url: str, token: str, timeout_s: float = 60.0) -> None:
        self.url = url
        self.token = token
        self.timeout_s = timeout_s
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Ask for something."""
        return self._send("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path, None)

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Send something."""
        return self._send("POST", path, content)

    def patch(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Change something."""
        return self._send("PATCH", path, content)

    def find(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return all objects of a list that fit."""
        return list(self.get(path, limit="0", **query)["results"])

    def run_job(
        self,
        module: str,
        name: str,
        data: dict[str, Any],
        patience_s: float,
        tell: Callable[[str], None] = lambda _: None,
    ) -> dict[str, Any]:
        """Run a Job as a user would, and return its result when it is done, whatever it is."""
        jobs = self.find("/api/extras/jobs/", module_name=module, job_class_name=name)
        if not jobs:
            raise Problem(f"Nautobot knows no Job {module}.{name}")
        started = self.post(f"/api/extras/jobs/{jobs[0]['id']}/run/", {"data": data})
        return self._await(started["job_result"]["id"], patience_s, tell)

    def _await(self, result_id: str, patience_s: float, tell: Callable[[str], None]) -> dict[str, Any]:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            result = self.get(f"/api/extras/job-results/{result_id}/")
            status = result["status"]["value"]
            if status in DONE:
                return result
            tell(str(status).lower())
            time.sleep(0.3)
        raise Problem(f"Job result {self.url}/extras/job-results/{result_id}/ is not done after {patience_s:.0f} s")

    def _send(self, method: str, path: str, content: dict[str, Any] | None) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={
                "Authorization": f"Token {self.token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
        )
        try:
            with self._opener.open(request, timeout=self.timeout_s) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")[:500]
            raise Problem(f"Nautobot answers {method} {path} with {error.code}: {text}") from error
        except (OSError, ValueError) as error:
            raise Problem(f"Nautobot does not answer {method} {path}: {error}") from error
