"""What a test of the connection found, as a table: on the page of its JobResult and on that of the System."""

from __future__ import annotations

from typing import Any

from django.template import Context
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context
from nautobot.extras.models import JobResult

from ..models import System
from .attempts import latest_test
from .start import TEST_JOB
from .text import ago, shown


class ConnectionPanel(Panel):
    """The facts and what is invisible; the base of both panels."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/connection.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return what the test found, or that it still runs."""
        row = self._job_result(context)
        return {**super().get_extra_context(context), **_found(row)}

    def _job_result(self, context: Context) -> JobResult | None:
        raise NotImplementedError


class TestResultPanel(ConnectionPanel):
    """On the page of a JobResult of the test; while it runs the panel asks again."""

    def should_render(self, context: Context) -> bool:
        """Tell whether it is a test that runs or succeeded; a failure says its sentence itself."""
        row: JobResult = get_obj_from_context(context)
        is_ours = row.job_model is not None and row.job_model.class_path == TEST_JOB
        return super().should_render(context) and is_ours and (row.is_unready_state or _is_report(row.result))

    def _job_result(self, context: Context) -> JobResult | None:
        row: JobResult = get_obj_from_context(context)
        return row


class LatestTestPanel(ConnectionPanel):
    """On the page of a System: the latest test that succeeded."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is one that this user may see."""
        return super().should_render(context) and self._job_result(context) is not None

    def _job_result(self, context: Context) -> JobResult | None:
        """Look it up, once for a page."""
        request, system = context["request"], get_obj_from_context(context)
        assert isinstance(system, System)
        if not hasattr(request, "_wow_latest_test"):
            request._wow_latest_test = latest_test(system, request.user)
        row: JobResult | None = request._wow_latest_test
        return row


def _found(row: JobResult | None) -> dict[str, Any]:
    report = row.result if row is not None and _is_report(row.result) else {}
    return {
        "facts": [(str(name)[:1].upper() + str(name)[1:], shown(value)) for name, value in report.get("facts", [])],
        "invisible": [shown(sentence) for sentence in report.get("invisible", [])],
        "job_result": row,
        "tested": ago(row.date_done) if row is not None and row.date_done else "",
        "runs": row is not None and row.is_unready_state,
    }


def _is_report(result: Any) -> bool:
    """Tell whether it is what the Job returns; a failed one keeps an error there."""
    return isinstance(result, dict) and isinstance(result.get("facts"), list)
