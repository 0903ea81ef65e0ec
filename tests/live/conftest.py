"""The running Nautobot as its users reach it, and a server of Git repositories for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.api import Api
from tests.live.git_server import GitServer
from tests.live_stack import LiveStack


@pytest.fixture(scope="package")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("repositories")).running() as server:
        yield server


@pytest.fixture(scope="package")
def api(live_stack: LiveStack) -> Api:
    rest = live_stack.rest
    return Api(rest.url, rest.token)
