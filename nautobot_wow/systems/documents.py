"""The texts of a System that people write: from a Git repository that Nautobot keeps, or from its Documents.

Git         options name the repository and a folder in it; what counts is the commit that Nautobot synchronised last
Nautobot    the System's Documents, which were uploaded as files or as text

No text at all is an error and never an empty reading: it would say that everything is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ..errors import ConfigurationError
from .kind import Options

if TYPE_CHECKING:
    from git import Blob, Commit
    from nautobot.extras.models import GitRepository

    from ..models import System

MOST_FILES = 2000
LARGEST_FILE = 4_000_000
LARGEST_SUM = 16_000_000
SYMBOLIC_LINK = 0o120000


@dataclass(frozen=True, kw_only=True)
class Text:
    """One file: its path among those of its System, and what it says."""

    path: str
    content: str


@dataclass(frozen=True, kw_only=True)
class Documents:
    """All the texts of a System, sorted by path. `revision` says which they are: a commit, or a digest of them all."""

    system: str
    texts: tuple[Text, ...]
    revision: str


class DocumentOptions(Options):
    """Options of every System that is read from documents."""

    repository: str = Field(
        default="", description="the name of a Git repository in Nautobot; empty: the Documents of the System"
    )
    folder: str = Field(default="", description="where in the repository the files are; empty: everywhere in it")


def documents_of(system: System, options: DocumentOptions) -> Documents:
    """Return the texts of a System. Raises ConfigurationError where there is none, or one cannot be read."""
    found = _of_git(system, options) if options.repository else _of_nautobot(system)
    if not found.texts:
        kinds = " or ".join(system.system_kind.suffixes)
        where = f"{options.repository}/{options.folder}" if options.repository else "its Documents"
        raise ConfigurationError(f"{system.name}: {where} holds no file that ends in {kinds}; nothing was read")
    if (size := sum(len(text.content) for text in found.texts)) > LARGEST_SUM:
        raise ConfigurationError(f"{system.name}: its documents have {size:,} characters, and {LARGEST_SUM:,} are read")
    return found


def _of_nautobot(system: System) -> Documents:
    rows = system.documents.order_by("path").values_list("path", "content")
    texts = tuple(Text(path=path, content=content) for path, content in rows)
    digest = hashlib.sha256("\0".join(part for text in texts for part in (text.path, text.content)).encode())
    return Documents(system=system.name, texts=texts, revision=f"digest {digest.hexdigest()[:12]}")


# ------------------------------------------------------------------------------------------------------ Git repository


def _of_git(system: System, options: DocumentOptions) -> Documents:
    """Read the commit itself: what lies in the working copy may be another one's, or half of one."""
    if system.documents.exists():
        raise ConfigurationError(
            f"{system.name}: its option repository names {options.repository!r}, and it has Documents as well; "
            "remove them, or clear the option"
        )
    repository = _repository(system, options.repository)
    commit = _commit(system, repository)
    texts = tuple(sorted(_texts(system, commit, options.folder.strip("/")), key=lambda text: text.path))
    return Documents(system=system.name, texts=texts, revision=f"commit {commit.hexsha[:12]}")


def _repository(system: System, name: str) -> GitRepository:
    from nautobot.extras.models import GitRepository

    kind = system.system_kind
    repository: GitRepository | None = GitRepository.objects.filter(name=name).first()
    if repository is None:
        raise ConfigurationError(
            f"{system.name}: Nautobot has no Git repository {name!r}; correct the option repository"
        )
    if kind.content_identifier not in repository.provided_contents:
        raise ConfigurationError(
            f"{system.name}: the Git repository {name!r} does not provide {kind.name}; "
            "choose that among what it provides"
        )
    if not repository.current_head:
        raise ConfigurationError(f"{system.name}: the Git repository {name!r} was never synchronised; sync it first")
    return repository


def _commit(system: System, repository: GitRepository) -> Commit:
    """Return the commit that Nautobot synchronised last; this worker may have to fetch it first."""
    from git import Repo
    from nautobot.extras.datasources.git import ensure_git_repository

    try:
        ensure_git_repository(repository, head=repository.current_head)
        return Repo(repository.filesystem_path).commit(repository.current_head)
    except Exception as error:  # noqa: BLE001  # git, the file system, whatever a provider of secrets runs into
        raise ConfigurationError(
            f"{system.name}: commit {repository.current_head[:12]} of the Git repository {repository.name!r} cannot be "
            f"read ({type(error).__name__}); sync the repository, and look at the log of that"
        ) from None  # git's own words may hold the address with its token


def _texts(system: System, commit: Commit, folder: str) -> Iterator[Text]:
    """Yield the files below a folder, by their path in it. Links are not followed, wherever they lead."""
    try:
        start: Any = commit.tree / folder if folder else commit.tree
    except KeyError as error:
        raise ConfigurationError(
            f"{system.name}: commit {commit.hexsha[:12]} has no folder {folder!r}; correct the option folder"
        ) from error
    if start.type != "tree":
        raise ConfigurationError(f"{system.name}: {folder!r} is a file; the option folder names what it is in")
    suffixes, number = system.system_kind.suffixes, 0
    for entry in start.traverse():
        if entry.type != "blob" or entry.mode == SYMBOLIC_LINK or not str(entry.path).endswith(suffixes):
            continue
        number += 1
        if number > MOST_FILES:
            raise ConfigurationError(
                f"{system.name}: there are more than {MOST_FILES} files; name a folder in the options"
            )
        yield Text(path=str(entry.path).removeprefix(f"{folder}/"), content=_content(system, entry))


def _content(system: System, blob: Blob) -> str:
    if blob.size > LARGEST_FILE:
        raise ConfigurationError(f"{system.name}: {blob.path} is larger than {LARGEST_FILE:,} bytes")
    try:
        return str(blob.data_stream.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{system.name}: {blob.path} cannot be read as text ({error})") from error
