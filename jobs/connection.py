"""The Job that asks a System whether it answers, as whom we are known there, and what we would not see."""

from __future__ import annotations

from typing import Any

from nautobot.apps.jobs import Job, ObjectVar
from pydantic import BaseModel

from nautobot_wow.errors import ConfigurationError, NotAllowed
from nautobot_wow.models import System
from nautobot_wow.models.settings import explain
from nautobot_wow.systems.kind import SystemKind
from nautobot_wow.systems.source import source_of

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 120
HARD_LIMIT_S = 150


class TestConnection(Job):
    """Log in to one System and say what a run could rely on. Nothing is written."""

    __test__ = False  # its name looks like one of pytest's own

    system = ObjectVar(model=System, description="The System to ask. It need not be enabled.")

    class Meta:
        name = "Test connection"
        description = "Log in to one System and report who answers, with which rights, and what would stay invisible."
        has_sensitive_variables = False
        read_only = True
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S

    def run(self, *, system: System) -> dict[str, Any]:
        """Return the facts and what is invisible. Raises a WowError, whose sentence is the answer."""
        system = self._may_it(system)
        kind = _kind_of(system)
        options = _options_of(system, kind.options)
        report = kind.check(source_of(system, options), options)
        for fact, value in report.facts:
            self.logger.info("%s: %s", fact, value, extra={"object": system})
        for sentence in report.invisible:
            self.logger.warning("Not visible: %s", sentence, extra={"object": system})
        return {"facts": [list(fact) for fact in report.facts], "invisible": list(report.invisible)}

    def _may_it(self, system: System) -> System:
        allowed = System.objects.restrict(self.user, "plan").filter(pk=system.pk)
        found = allowed.select_related("external_integration__secrets_group").first()
        if found is None:
            raise NotAllowed(
                f"{self.user} may not test the connection of {system.name}; ask for the permission plan_system"
            )
        return found


def _kind_of(system: System) -> SystemKind:
    try:
        return system.system_kind
    except KeyError as error:
        raise ConfigurationError(f"{system.name}: the kind {system.kind!r} is not installed; choose another") from error


def _options_of(system: System, options: type[BaseModel]) -> BaseModel:
    if wrong := explain(options, system.options):
        raise ConfigurationError(f"{system.name}: {' '.join(wrong)}")
    return options(**system.options)
