"""Documents out of a Git repository that Nautobot keeps: which commit is read, what is refused, what a sync says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from nautobot.extras.datasources.git import ensure_git_repository
from nautobot.extras.datasources.registry import get_datasource_content_choices, refresh_datasource_content
from nautobot.extras.models import GitRepository, JobResult

from nautobot_wow.errors import ConfigurationError
from nautobot_wow.models import System
from nautobot_wow.systems.documents import DocumentOptions, documents_of
from nautobot_wow.systems.registry import SYSTEM_KINDS
from tests.app import rows
from tests.live.git_server import git

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("git") is None, reason="Nautobot itself reads repositories with git: install it"),
]
PROVIDED = SYSTEM_KINDS["site-design"].content_identifier


class Remote:
    """A repository of somebody else's, which Nautobot clones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")

    def commit(self, **files: str) -> str:
        """Write files, "site__racks" being site/racks.yaml, and return the commit."""
        for name, content in files.items():
            path = self.folder / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "As it is")
        return git(self.folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def remote(tmp_path: Path, settings: Any) -> Remote:
    settings.GIT_ROOT = str(tmp_path / "clones")
    return Remote(tmp_path / "remote")


@pytest.fixture
def repository(remote: Remote) -> GitRepository:
    row = GitRepository(
        name="Site", slug="site", remote_url=f"file://{remote.folder}", branch="main", provided_contents=[PROVIDED]
    )
    row.save()
    return row


@pytest.fixture
def design(repository: GitRepository) -> System:
    return rows.system("design", kind="site-design", options={"repository": "Site", "folder": "site"})


def read(system: System) -> Any:
    return documents_of(system, DocumentOptions(**system.options))


def test_the_commit_that_was_synchronised_last_is_read_whatever_came_after(
    remote: Remote, repository: GitRepository, design: System
) -> None:
    first = remote.commit(site__racks="racks: []\n", other="vlans: []\n")
    ensure_git_repository(repository)
    second = remote.commit(site__racks="racks:\n  - {name: R1, location: Tampa}\n")
    found = read(design)
    assert [(text.path, text.content) for text in found.texts] == [("racks.yaml", "racks: []\n")]
    assert found.revision == f"commit {first[:12]}"
    ensure_git_repository(repository)
    assert read(design).revision == f"commit {second[:12]}"


def test_what_somebody_left_in_the_working_copy_is_not_read(
    remote: Remote, repository: GitRepository, design: System
) -> None:
    remote.commit(site__racks="racks: []\n")
    ensure_git_repository(repository)
    (Path(repository.filesystem_path) / "site" / "racks.yaml").write_text("half a")
    (Path(repository.filesystem_path) / "site" / "more.yaml").write_text("vlans: []\n")
    assert [text.content for text in read(design).texts] == ["racks: []\n"]


def test_a_worker_that_has_no_clone_yet_makes_one(remote: Remote, repository: GitRepository, design: System) -> None:
    head = remote.commit(site__racks="racks: []\n")
    ensure_git_repository(repository)
    shutil.rmtree(repository.filesystem_path)
    assert read(design).revision == f"commit {head[:12]}"


def test_links_are_not_followed(remote: Remote, repository: GitRepository, design: System, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("secret: true\n")
    remote.commit(site__racks="racks: []\n")
    (remote.folder / "site" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    remote.commit()
    ensure_git_repository(repository)
    assert [text.path for text in read(design).texts] == ["racks.yaml"]


def no_right(repository: GitRepository, system: System) -> None:
    repository.provided_contents = []
    repository.save()


def other_folder(repository: GitRepository, system: System) -> None:
    system.options = {"repository": "Site", "folder": "nowhere"}


def a_file(repository: GitRepository, system: System) -> None:
    system.options = {"repository": "Site", "folder": "site/racks.yaml"}


def outside(repository: GitRepository, system: System) -> None:
    system.options = {"repository": "Site", "folder": "../other"}


def no_file(repository: GitRepository, system: System) -> None:
    system.options = {"repository": "Site", "folder": "empty"}


def unknown(repository: GitRepository, system: System) -> None:
    system.options = {"repository": "Sight"}


def never_synchronised(repository: GitRepository, system: System) -> None:
    GitRepository.objects.filter(pk=repository.pk).update(current_head="")


def gone(repository: GitRepository, system: System) -> None:
    GitRepository.objects.filter(pk=repository.pk).update(current_head="0" * 40)


def both(repository: GitRepository, system: System) -> None:
    system.documents.create(path="site.yaml", content="racks: []")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (no_right, "does not provide Site design; choose that among what it provides"),
        (other_folder, "has no folder 'nowhere'; correct the option folder"),
        (a_file, "'site/racks.yaml' is a file; the option folder names what it is in"),
        (outside, "has no folder '../other'"),
        (no_file, "Site/empty holds no file that ends in .yaml or .yml; nothing was read"),
        (unknown, "Nautobot has no Git repository 'Sight'"),
        (never_synchronised, "was never synchronised; sync it first"),
        (gone, "commit 000000000000 of the Git repository 'Site' cannot be read"),
        (both, "it has Documents as well; remove them, or clear the option"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_what_to_do_and_never_an_empty_reading(
    remote: Remote,
    repository: GitRepository,
    design: System,
    change: Callable[[GitRepository, System], None],
    says: str,
) -> None:
    (remote.folder / "empty").mkdir()
    (remote.folder / "empty" / "README.md").write_text("# Nothing\n")
    remote.commit(site__racks="racks: []\n")
    ensure_git_repository(repository)
    change(repository, design)
    with pytest.raises(ConfigurationError) as caught:
        read(design)
    assert says in str(caught.value)
    assert str(caught.value).startswith("design: ")


def test_the_address_of_a_repository_that_cannot_be_reached_is_in_no_error(
    repository: GitRepository, design: System
) -> None:
    address = "https://somebody:very-secret@localhost:1/site.git"
    GitRepository.objects.filter(pk=repository.pk).update(current_head="0" * 40, remote_url=address)
    with pytest.raises(ConfigurationError) as caught:
        read(design)
    shown: BaseException | None = caught.value
    assert "very-secret" not in str(shown)
    assert shown is not None
    assert shown.__suppress_context__


def test_a_file_that_is_no_text_is_named(remote: Remote, repository: GitRepository, design: System) -> None:
    remote.commit(site__racks="racks: []\n")
    (remote.folder / "site" / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    remote.commit()
    ensure_git_repository(repository)
    with pytest.raises(ConfigurationError, match=r"site/binary\.yaml cannot be read as text"):
        read(design)


def test_nothing_is_uploaded_to_a_system_that_is_read_from_a_repository(design: System) -> None:
    with pytest.raises(ValidationError, match="is read from the Git repository Site; clear that option first"):
        rows.document(system=design)


# ------------------------------------------------------------------------------------------- a sync of the repository


def test_every_kind_that_is_read_from_documents_can_be_provided_by_a_repository() -> None:
    offered = dict(get_datasource_content_choices("extras.gitrepository"))
    written = {kind.content_identifier for kind in SYSTEM_KINDS.values() if kind.suffixes}
    assert written == {name for name in offered if name.startswith("nautobot_wow.")}
    assert PROVIDED == "nautobot_wow.site_design"


def synchronised(repository: GitRepository, user: Any, **more: Any) -> list[tuple[str, str]]:
    """What the log of a sync holds of us, and with which level; Nautobot fails it where there is an error."""
    ensure_git_repository(repository)
    result = JobResult.objects.create(name="Git Repository: Sync", user=user)
    result.use_job_logs_db = False
    try:
        refresh_datasource_content("extras.gitrepository", repository, user, result, **more)
    except RuntimeError as error:
        assert "Please see logs" in str(error)  # noqa: PT017
    return [(row.log_level, row.message) for row in result.job_log_entries.all()]


def test_a_sync_of_the_repository_says_what_is_in_the_design(
    remote: Remote, repository: GitRepository, design: System, admin_user: Any
) -> None:
    head = remote.commit(site__places="locations:\n  - {name: Tampa, type: City}\nracks: []\n")
    said = synchronised(repository, admin_user)
    (line,) = [text for level, text in said if text.startswith("design: ")]
    assert f"commit {head[:12]}" in line
    assert "1 locations" in line
    assert not [text for level, text in said if level in ("warning", "error", "failure")]


def test_a_mistake_in_the_design_fails_the_sync_of_its_repository_with_file_and_line(
    remote: Remote, repository: GitRepository, design: System, admin_user: Any
) -> None:
    remote.commit(site__places="locations:\n  - {name: Tampa, tpye: City}\n")
    said = synchronised(repository, admin_user)
    (line,) = [text for level, text in said if level == "error" and text.startswith("design: ")]
    assert "places.yaml:2: there is no tpye here" in line
    assert "places.yaml:2: type is missing" in line


def test_a_repository_that_no_system_names_says_so_and_one_that_is_removed_nothing(
    remote: Remote, repository: GitRepository, admin_user: Any
) -> None:
    remote.commit(site__racks="racks: []\n")
    assert any(
        "No System of the kind Site design names Site" in text for _, text in synchronised(repository, admin_user)
    )
    assert not any("Site design" in text for _, text in synchronised(repository, admin_user, delete=True))
