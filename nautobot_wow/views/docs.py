"""The documentation of the app inside Nautobot: the packaged Markdown, as pages with a table of contents."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views import View
from markdown import Markdown

EXTENSIONS = ["fenced_code", "sane_lists", "tables", "toc"]
SECTIONS = {
    "Use it": (
        "index.md",
        "user/systems.md",
        "user/design.md",
        "user/wiring.md",
        "user/plans.md",
        "user/conflicts.md",
        "user/inventory.md",
        "user/addresses.md",
        "user/who-has.md",
        "user/guests.md",
        "user/ansible.md",
    ),
    "Run it": ("admin/install.md", "admin/permissions.md"),
    "Models": (
        "models/system.md",
        "models/document.md",
        "models/claim.md",
        "models/plan.md",
        "models/conflict.md",
        "models/networkprofile.md",
        "models/guestsize.md",
        "models/guestimage.md",
        "models/allocation.md",
        "models/guestrequest.md",
        "models/sighting.md",
    ),
}
"""What is read first comes first; a page that is not named here follows under "More"."""


class Page(NamedTuple):
    """One page of the documentation, rendered. `headings` is empty where there are none."""

    title: str
    body: SafeString
    headings: SafeString


class DocsView(LoginRequiredMixin, View):
    """Shows one page. Links between the Markdown files work as they are: the addresses have the same shape."""

    def get(self, request: HttpRequest, page: str) -> HttpResponse:
        """Return the page, or 404."""
        found = page_of(page)
        context = {"page": found, "current": page, "sections": contents(), "title": found.title}
        return render(request, "nautobot_wow/docs.html", context)


@lru_cache(maxsize=1)
def contents() -> dict[str, list[tuple[str, str]]]:
    """Return title and path of every page, by section."""
    named = {path for paths in SECTIONS.values() for path in paths}
    present = {path.relative_to(_root()).as_posix() for path in _root().rglob("*.md")}
    sections = {**SECTIONS, "More": tuple(sorted(present - named))}
    return {
        section: [(page_of(path).title, path) for path in paths if path in present]
        for section, paths in sections.items()
        if present.intersection(paths)
    }


@lru_cache(maxsize=64)
def page_of(path: str) -> Page:
    """Return the page that is packaged under `path`. Raises Http404 for everything that is not a page."""
    parts = PurePosixPath(path).parts
    source = _root().joinpath(*parts)
    if not path.endswith(".md") or ".." in parts or path.startswith("/") or not source.is_file():
        raise Http404(path)
    text = source.read_text(encoding="utf-8")
    markdown = Markdown(extensions=EXTENSIONS, extension_configs={"toc": {"toc_depth": "2-3"}})
    body = markdown.convert(text).replace("<table>", '<table class="table table-hover">')
    headings = markdown.toc if markdown.toc_tokens else ""
    title = text.partition("\n")[0].lstrip("# ")
    return Page(title, mark_safe(body), mark_safe(headings))  # noqa: S308  # our own files, from our own package


def _root() -> Path:
    return Path(str(resources.files("nautobot_wow"))) / "docs"
