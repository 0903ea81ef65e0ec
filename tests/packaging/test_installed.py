"""The wheel in a Nautobot made with a plain `nautobot-server init`: it migrates, has its Jobs, serves its pages."""

from __future__ import annotations

import http.cookiejar
import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections  # this module needs the test database server

from development import ports
from development.problems import tail
from tests.database import drop, renew

DATABASE = f"wow_packaging_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
TOKEN = "b" * 40
SERVER = "import sys; from nautobot.core.cli import main; sys.argv[0] = 'nautobot-server'; main()"
PLUGINS = '\nPLUGINS = ["nautobot_ssot", "nautobot_wow"]\nMETRICS_ENABLED = False\n'
AFTERWARDS = f"""
import nautobot; nautobot.setup()
import json
from django.contrib.auth import get_user_model
from nautobot.extras.models import Job
from nautobot.users.models import Token
user = get_user_model().objects.create_superuser("admin", "", "admin")
Token.objects.create(user=user, key="{TOKEN}")
jobs = Job.objects.filter(module_name__startswith="nautobot_wow", installed=True)
print(json.dumps([[job.module_name, job.job_class_name] for job in jobs]))
"""
INI = """\
[uwsgi]
http = {address}
http-keepalive = 1
master = true
processes = 1
enable-threads = true
die-on-term = true
"""


@pytest.fixture(scope="module")
def variables(
    tmp_path_factory: pytest.TempPathFactory, ask: Callable[..., str], django_db_blocker: Any
) -> Iterator[dict[str, str]]:
    """The environment of a Nautobot that was just initialised, on a database without our app."""
    root = tmp_path_factory.mktemp("nautobot")
    config = root / "nautobot_config.py"
    ask(SERVER, "init", "--disable-installation-metrics", str(config), NAUTOBOT_ROOT=str(root))
    config.write_text(config.read_text() + PLUGINS)
    here = connections["default"].settings_dict
    state = Path(os.environ["WOW_STATE"])
    with django_db_blocker.unblock():
        renew(DATABASE, template=os.environ["WOW_TEMPLATE"])
    yield {
        "NAUTOBOT_ROOT": str(root),
        "NAUTOBOT_CONFIG": str(config),
        "NAUTOBOT_DB_NAME": DATABASE,
        "NAUTOBOT_DB_HOST": here["HOST"],
        "NAUTOBOT_DB_PORT": here["PORT"],
        "NAUTOBOT_DB_USER": here["USER"],
        "NAUTOBOT_DB_PASSWORD": here["PASSWORD"],
        "NAUTOBOT_REDIS_HOST": ports.LOOPBACK,
        "NAUTOBOT_REDIS_PORT": str(json.loads((state / "state.json").read_text())["valkey"]["port"]),
        "NAUTOBOT_REDIS_PASSWORD": (state / "secrets" / "valkey_password").read_text().strip(),
        "NAUTOBOT_ALLOWED_HOSTS": ports.LOOPBACK,
    }
    with django_db_blocker.unblock():
        drop(DATABASE)


@pytest.fixture(scope="module")
def jobs(variables: dict[str, str], ask: Callable[..., str]) -> list[list[str]]:
    """The Jobs that are registered once it is migrated; there is an administrator then, too."""
    ask(SERVER, "migrate", **variables)
    return list(json.loads(ask(AFTERWARDS, **variables).splitlines()[-1]))


@pytest.fixture(scope="module")
def url(
    variables: dict[str, str], jobs: list[list[str]], fresh: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of its web server."""
    folder = tmp_path_factory.mktemp("web")
    address = f"{ports.LOOPBACK}:{ports.choose()}"
    (folder / "uwsgi.ini").write_text(INI.format(address=address))
    with (folder / "web.log").open("w") as log:
        process = subprocess.Popen(
            [fresh, "-c", SERVER, "start", "--ini", folder / "uwsgi.ini"],
            env={**{k: v for k, v in os.environ.items() if not k.startswith(("WOW_", "DJANGO_"))}, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        wait_for(f"http://{address}", process, folder / "web.log")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)


class Browser:
    """Someone who opens pages and keeps cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def open(self, path: str, content: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Return status and text of a page; status 0 where nothing answers."""
        request = urllib.request.Request(self.url + path, data=content, headers={"Referer": self.url, **headers})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def log_in(self) -> None:
        self.open("/login/")
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        form = {"username": "admin", "password": "admin", "csrfmiddlewaretoken": token}
        status, _ = self.open("/login/", urllib.parse.urlencode(form).encode())
        assert status == 200
        assert any(cookie.name == "sessionid" for cookie in self.cookies)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while Browser(url).open("/login/")[0] != 200:
        assert process.poll() is None, tail(log)
        assert time.monotonic() < deadline, tail(log)
        time.sleep(0.2)


@pytest.fixture(scope="module")
def browser(url: str) -> Browser:
    browser = Browser(url)
    browser.log_in()
    return browser


def test_its_jobs_are_registered(jobs: list[list[str]]) -> None:
    assert ["nautobot_wow.jobs.sync", "SyncSystem"] in jobs


@pytest.mark.parametrize("model", ["systems", "claims", "plans", "conflicts"])
def test_its_rest_api_answers(url: str, model: str) -> None:
    status, text = Browser(url).open(f"/api/plugins/wow/{model}/", Authorization=f"Token {TOKEN}")
    assert status == 200, text
    assert json.loads(text)["count"] == 0


@pytest.mark.parametrize("page", ["systems", "claims", "plans", "conflicts", "systems/add", "docs"])
def test_its_pages_answer(browser: Browser, page: str) -> None:
    status, text = browser.open(f"/plugins/wow/{page}/")
    assert status == 200, text[:2000]
    assert 'name="password"' not in text  # not the login page
