"""Documents remember who uploaded them; the change log remembers that they changed, and not every text."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from nautobot.extras.models import ExternalIntegration, ObjectChange

from nautobot_wow.models import Document, System
from tests.app import rows

pytestmark = pytest.mark.django_db


def upload(client: Client, system: System, content: str) -> Any:
    data = {"system": system.pk, "path": "site.yaml", "file": SimpleUploadedFile("any.yaml", content.encode())}
    return client.post(reverse("plugins:nautobot_wow:document_add"), data)


def test_an_uploaded_file_says_who_and_when_and_its_digest(admin_client: Client, admin_user: Any) -> None:
    system = rows.system("design", kind="site-design")
    assert upload(admin_client, system, "racks: []\n").status_code == 302
    row = Document.objects.get()
    assert (row.content, row.uploaded_by) == ("racks: []\n", admin_user)
    assert row.digest == hashlib.sha256(b"racks: []\n").hexdigest()
    assert row.uploaded_at is not None


def test_a_file_that_is_uploaded_without_a_path_keeps_its_name(admin_client: Client) -> None:
    system = rows.system("design", kind="site-design")
    url = reverse("plugins:nautobot_wow:document_add")
    for data in ({}, {"content": "racks: []\r\n"}):
        assert (
            "Name the document, or upload a file."
            in admin_client.post(url, {"system": system.pk, **data}).content.decode()
        )
    admin_client.post(url, {"system": system.pk, "file": SimpleUploadedFile("racks.yaml", b"racks: []\n")})
    assert Document.objects.get().path == "racks.yaml"
    admin_client.post(url, {"system": system.pk, "path": "typed.yaml", "content": "racks: []\r\n"})
    assert len(set(Document.objects.values_list("digest", flat=True))) == 1


def test_only_another_text_is_another_upload(admin_user: Any) -> None:
    row = rows.document(content="racks: []\n")
    before = row.uploaded_at
    row.path = "other.yaml"
    row.validated_save()
    assert row.uploaded_at == before
    row.content = "vlans: []\n"
    row.validated_save()
    assert row.uploaded_at > before


def test_a_put_over_rest_replaces_the_text(admin_client: Client, admin_user: Any) -> None:
    row = rows.document(content="racks: []\n")
    url = reverse("plugins-api:nautobot_wow-api:document-detail", kwargs={"pk": row.pk})
    body = {"system": str(row.system_id), "path": row.path, "content": "vlans: []\n", "digest": "mine"}
    assert admin_client.put(url, body, content_type="application/json").status_code == 200
    row.refresh_from_db()
    assert (row.content, row.uploaded_by) == ("vlans: []\n", admin_user)
    assert row.digest == hashlib.sha256(b"vlans: []\n").hexdigest()


def test_the_change_log_keeps_the_digest_and_not_the_text(admin_client: Client) -> None:
    upload(admin_client, rows.system("design", kind="site-design"), "racks: []  # a text\n")
    change = ObjectChange.objects.get(changed_object_type__model="document")
    for data in (change.object_data, change.object_data_v2):
        assert data["digest"] == Document.objects.get().digest
        assert "a text" not in str(data)


def test_the_list_of_documents_does_not_fetch_their_texts(admin_client: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    rows.document()
    with CaptureQueriesContext(connection) as asked:
        admin_client.get(reverse("plugins:nautobot_wow:document_list"), HTTP_HX_REQUEST="true")
    assert not [query["sql"] for query in asked if '"nautobot_wow_document"."content"' in query["sql"]]


def test_the_page_of_a_system_lists_its_documents_and_how_to_upload_one(admin_client: Client) -> None:
    row = rows.document(path="racks.yaml")
    html = admin_client.get(row.system.get_absolute_url()).content.decode()
    assert row.get_absolute_url() in html
    assert reverse("plugins:nautobot_wow:document_add") in html
    html = admin_client.get(rows.system().get_absolute_url()).content.decode()
    assert reverse("plugins:nautobot_wow:document_add") + "?" not in html


def test_a_system_that_is_read_from_documents_has_no_endpoint() -> None:
    endpoint = ExternalIntegration.objects.create(name="x", remote_url="https://localhost")
    with pytest.raises(ValidationError, match="Site design is read from documents and asks nobody; leave this empty"):
        rows.system("design", kind="site-design", external_integration=endpoint)


def test_looking_at_documents_and_uploading_them_are_separate_rights(person: Any) -> None:
    system = rows.system("design", kind="site-design")
    client = person("view", on=(Document, System))
    assert upload(client, system, "racks: []\n").status_code == 403
    assert not Document.objects.exists()
    person("add", on=(Document,), constraints={"path": "other.yaml"})
    upload(client, system, "racks: []\n")
    assert not Document.objects.exists()
    person("add", on=(Document,))
    assert upload(client, system, "racks: []\n").status_code == 302
    assert Document.objects.exists()
