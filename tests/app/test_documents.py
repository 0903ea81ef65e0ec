"""Documents: what a System is read from, and what is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from nautobot_wow.errors import ConfigurationError
from nautobot_wow.forms import DocumentForm
from nautobot_wow.models import Document, System
from nautobot_wow.models.document import LARGEST
from nautobot_wow.systems.documents import DocumentOptions, documents_of
from tests.app import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def design() -> System:
    return rows.system("design", kind="site-design")


def test_the_documents_of_a_system_are_read_in_order_with_a_digest_of_them_all(design: System) -> None:
    for path in ("b.yaml", "a.yaml"):
        rows.document(system=design, path=path, content=f"# {path}")
    found = documents_of(design, DocumentOptions())
    assert [(text.path, text.content) for text in found.texts] == [("a.yaml", "# a.yaml"), ("b.yaml", "# b.yaml")]
    assert found.revision.startswith("digest ")
    Document.objects.filter(path="a.yaml").update(content="# other")
    assert documents_of(design, DocumentOptions()).revision != found.revision


def test_a_system_without_any_document_is_an_error_and_no_empty_reading(design: System) -> None:
    with pytest.raises(ConfigurationError, match="its Documents holds no file that ends in .yaml or .yml"):
        documents_of(design, DocumentOptions())


@pytest.mark.parametrize("path", ["/etc/site.yaml", "../site.yaml", "a/../../site.yaml", "a\nb.yaml", "site.txt", ""])
def test_a_path_that_leads_elsewhere_or_to_no_design_is_refused(design: System, path: str) -> None:
    with pytest.raises(ValidationError):
        rows.document(system=design, path=path)


def test_a_system_that_is_asked_over_the_network_has_no_documents() -> None:
    with pytest.raises(ValidationError, match="it has no documents"):
        rows.document(system=rows.system(), path="site.yaml")


def test_a_text_that_is_too_long_or_none_is_refused(design: System) -> None:
    with pytest.raises(ValidationError, match="split it"):
        rows.document(system=design, content="x" * (LARGEST + 1))
    with pytest.raises(ValidationError):
        rows.document(system=design, content="a\0b")


def form(design: System, content: bytes) -> DocumentForm:
    data = {"system": design.pk, "path": "site.yaml", "content": "typed in"}
    return DocumentForm(data, {"file": SimpleUploadedFile("site.yaml", content)})


def test_a_file_takes_the_place_of_what_was_typed_in(design: System) -> None:
    given = form(design, "\ufeffracks: []".encode())
    assert given.is_valid(), given.errors
    assert given.save().content == "racks: []"


def test_a_file_that_is_no_text_is_refused_with_a_sentence(design: System) -> None:
    given = form(design, b"\xff\xfe\x00")
    assert not given.is_valid()
    assert "no UTF-8 text" in str(given.errors["file"])
