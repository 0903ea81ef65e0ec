"""The documentation inside Nautobot: every page opens, every link leads somewhere, strangers stay out."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest
from django.apps import apps as django_apps
from django.test import Client
from django.urls import reverse

from nautobot_wow.views.docs import contents

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[2] / "docs"
INDEX = "/plugins/wow/docs/"


@pytest.mark.parametrize("path", [path for pages in contents().values() for _, path in pages])
def test_every_page_of_the_contents_opens_and_its_links_lead_somewhere(admin_client: Client, path: str) -> None:
    response = admin_client.get(f"{INDEX}{path}")
    html = response.content.decode()
    assert response.status_code == 200
    article = html[html.index("<article") : html.index("</article>")]
    for target in re.findall(r'href="([^"#:]+\.md)"', article):
        link = posixpath.normpath(posixpath.join(posixpath.dirname(f"{INDEX}{path}"), target))
        assert admin_client.get(link).status_code == 200, link


def test_the_first_page_is_the_overview(admin_client: Client) -> None:
    html = admin_client.get(reverse("plugins:nautobot_wow:docs")).content.decode()
    assert "Operational Truth" in html
    assert '<code class="language-text">' in html


def test_the_links_of_the_first_page_work_without_its_file_name(admin_client: Client) -> None:
    html = admin_client.get(INDEX).content.decode()
    assert 'href="user/systems.md"' in html
    assert admin_client.get(f"{INDEX}user/systems.md").status_code == 200


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    response = client.get(f"{INDEX}index.md")
    assert response.status_code == 302
    assert "/login/" in response["Location"]


@pytest.mark.parametrize("path", ["../pyproject.md", "user/../../nautobot_wow/__init__.py", "nothing.md", "index.html"])
def test_what_is_no_page_is_not_found(admin_client: Client, path: str) -> None:
    assert admin_client.get(f"{INDEX}{path}").status_code == 404


MODELS = [model._meta.model_name for model in django_apps.get_app_config("nautobot_wow").get_models()]


@pytest.mark.parametrize("model", MODELS)
def test_the_help_of_nautobots_forms_leads_to_the_page_of_the_model(admin_client: Client, model: str) -> None:
    path = f"/docs/wow/models/{model}.html"
    response = admin_client.get(path)
    html = b"".join(response.streaming_content).decode()
    target = re.search(r"url=([^\"]+)", html)
    assert target is not None
    link = posixpath.normpath(posixpath.join(posixpath.dirname(path), target[1]))
    assert admin_client.get(link).status_code == 200


def test_every_page_that_is_there_is_in_the_contents() -> None:
    written = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    listed = {path for pages in contents().values() for _, path in pages}
    assert written == listed
