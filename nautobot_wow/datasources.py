"""What Git repositories may provide: the documents of every kind of System that people write.

Nothing is written when a repository is synchronised. The texts are read and checked for every System that names the
repository, so that a mistake shows in the log of that, with its file and line; the next run of the System reads them.
"""

from __future__ import annotations

from typing import Any

from nautobot.apps.datasources import DatasourceContent
from nautobot.extras.choices import LogLevelChoices  # not in nautobot.apps as of 3.2

from .errors import WowError
from .models import System
from .models.settings import explain
from .systems.kind import SystemKind
from .systems.registry import SYSTEM_KINDS
from .systems.source import source_of

WEIGHT = 900
ICON = "mdi-file-document-multiple-outline"


def _content(kind: SystemKind) -> DatasourceContent:
    def refreshed(repository: Any, job_result: Any, delete: bool = False) -> None:
        if not delete and kind.content_identifier in repository.provided_contents:
            check(kind, repository, job_result)

    return DatasourceContent(
        name=f"{kind.name.lower()} documents",
        content_identifier=kind.content_identifier,
        icon=ICON,
        callback=refreshed,
        weight=WEIGHT,
    )


def check(kind: SystemKind, repository: Any, job_result: Any) -> None:
    """Say of every System of a kind that names the repository what is in its documents, or what is wrong with them."""
    systems = System.objects.filter(kind=kind.slug, options__repository=repository.name)
    if not systems:
        job_result.log(f"No System of the kind {kind.name} names {repository.name} in its options", obj=repository)
    for system in systems:
        try:
            facts = _facts(system)
        except WowError as error:
            job_result.log(str(error), level_choice=LogLevelChoices.LOG_ERROR, obj=system)
        else:
            job_result.log(f"{system.name}: {facts}", obj=system)


def _facts(system: System) -> str:
    kind = system.system_kind
    if wrong := explain(kind.options, system.options):
        return " ".join(wrong)
    options = kind.options(**system.options)
    report = kind.check(source_of(system, options), options)
    return "; ".join(f"{name}: {value}" for name, value in report.facts)


datasource_contents = [("extras.gitrepository", _content(kind)) for kind in SYSTEM_KINDS.values() if kind.suffixes]
