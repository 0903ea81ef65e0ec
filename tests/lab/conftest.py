"""One running lab for all tests of it, put back to the estate before each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from proxmoxer import ProxmoxAPI

from development.lab.client import Lab

AUTOMATION = "wow@pve!automation"
NODE = "/nodes/wow-prox1"

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    running_lab.change("reset")
    return running_lab


@pytest.fixture
def slow_tasks(lab: Lab) -> Iterator[None]:
    """Tasks that a busy machine still finds running when it looks."""
    tasks = lab.endpoint.tasks
    before, tasks.pause_s = tasks.pause_s, 1.0
    yield
    tasks.pause_s = before


@pytest.fixture(scope="session")
def _session(running_lab: Lab) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify = running_lab.ca_file
        session.trust_env = False
        yield session


@pytest.fixture
def ask(lab: Lab, _session: requests.Session) -> Ask:
    """Ask the API for a path; `token` names another token than the read-only one."""

    def ask(path: str, verb: str = "GET", token: str = lab.token_id, **how: Any) -> requests.Response:
        headers = lab.header(token) | how.pop("headers", {})
        return _session.request(verb, f"{lab.url}/api2/json{path}", headers=headers, timeout=10, **how)

    return ask


@pytest.fixture
def write(ask: Ask) -> Ask:
    """Write with the automation's token; wait for the task if there is one, and return the answer."""

    def write(path: str, verb: str = "POST", **data: Any) -> requests.Response:
        answer = (
            ask(path, verb, AUTOMATION, data=data) if verb != "DELETE" else ask(path, verb, AUTOMATION, params=data)
        )
        upid = answer.json().get("data")
        if isinstance(upid, str) and upid.startswith("UPID:"):
            for _ in range(500):
                status = ask(f"{NODE}/tasks/{upid}/status").json()["data"]
                if status["status"] == "stopped":
                    answer.exitstatus = status["exitstatus"]
                    return answer
        return answer

    return write


@pytest.fixture
def api(lab: Lab) -> ProxmoxAPI:
    """proxmoxer, as the app uses it, with the read-only token."""
    return client_of(lab)


def client_of(lab: Lab, token: str = Lab.token_id) -> ProxmoxAPI:
    user, _, name = token.partition("!")
    return ProxmoxAPI(
        lab.host, port=lab.port, user=user, token_name=name, token_value=lab.secret_of(token), verify_ssl=lab.ca_file
    )
