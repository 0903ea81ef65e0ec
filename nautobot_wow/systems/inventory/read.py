"""Read the page of a System, and tell what it says or what a run would make of it."""

from __future__ import annotations

from pydantic import Field

from ...errors import ConfigurationError
from ...snapshot import Snapshot
from ..documents import DocumentOptions, Documents, Text
from ..kind import ConnectionReport
from .parse.page import Page
from .parse.reading import read_page
from .report import facts_of
from .said import snapshot_of

NAMED = 20


class InventoryOptions(DocumentOptions):
    """Options of an inventory page. Every one has a default that fits most installations."""

    page: str = Field(default="", description="which file is the page, where there are several; empty: the only one")


def read(documents: Documents, options: InventoryOptions, only: frozenset[str] = frozenset(), /) -> Snapshot:
    """Return what the page says, or raise a SourceError or ConfigurationError; never less because of a failure."""
    if only:
        raise ConfigurationError(f"{documents.system}: a page is read as a whole; leave out what to limit the run to")
    return snapshot_of(page_of(documents, options))


def check(documents: Documents, options: InventoryOptions) -> ConnectionReport:
    """Read the page and report how its lines add up; `invisible` names what was not understood, the first lines."""
    page = page_of(documents, options)
    return ConnectionReport(
        facts=(("read", documents.revision), *facts_of(page).items()),
        invisible=tuple(f"{page.where(entry.line)}: {entry.says}" for entry in page.rejects[:NAMED]),
    )


def page_of(documents: Documents, options: InventoryOptions) -> Page:
    """Return the one page of a System. Two pages are two Systems: each is whole or not, for itself."""
    text = _text_of(documents, options)
    try:
        return read_page(text.path, text.content)
    except ImportError as error:
        raise ConfigurationError(
            f"{documents.system}: the reader of Markdown is not installed; install nautobot-wow[inventory]"
        ) from error


def _text_of(documents: Documents, options: InventoryOptions) -> Text:
    found = [text for text in documents.texts if options.page in ("", text.path)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(text.path for text in documents.texts[:NAMED])
    what = f"there is no page {options.page!r}" if options.page else f"{len(found)} files, and one of them is the page"
    raise ConfigurationError(f"{documents.system}: {what}; name it in the option page. There are: {names}")
