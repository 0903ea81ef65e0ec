"""Carry a request out, step by step; each is recorded before it is tried and can be undone.

    begin (saved) ─► do ─► end (saved) ─► next ...          a step fails ─► undo what was begun, last first ─► failed

A worker that is killed leaves a step "begun". The next one does that step again: every step first looks whether its
work is there already. A request that was being undone goes on being undone. Two workers never hold one request.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import connection

from ..choices import RequestStage, StepState
from ..errors import Busy, WowError
from ..models import GuestRequest
from ..reconcile.lock import NAMESPACE

ATTEMPTS = 3
"""A request that was begun so often without an end is undone instead."""


@dataclass
class Work:
    """What a step works on: the request, the system, and a way to say what goes on."""

    request: GuestRequest
    provisioner: Any
    user: Any = None
    tell: Callable[[str], None] = lambda text: None
    facts: dict[str, Any] = field(default_factory=dict)


class Step(Protocol):
    """One thing that is done for a request, and how it is undone. Both may be called again after a kill."""

    name: str
    stage: str

    def do(self, work: Work) -> dict[str, Any]:
        """Do it, unless it is done; return what a person would want to know of it."""

    def undo(self, work: Work) -> None:
        """Put everything back that `do` may have done, also half of it."""


def carry_out(work: Work, steps: Sequence[Step], done: str = RequestStage.ACTIVE) -> GuestRequest:
    """Bring the request to its end. Raises the error of the step that failed, after everything was undone."""
    request = work.request
    with held(request):
        request.refresh_from_db()
        if request.is_over:
            return request
        request.attempts += 1
        request.save_progress()
        if request.undoing or request.attempts > ATTEMPTS:
            reason = request.error or f"it was broken off {ATTEMPTS} times"
            _undo(work, steps, reason)
            return request
        for step in steps:
            _take(work, steps, step)
        request.close(done)
        return request


def _take(work: Work, steps: Sequence[Step], step: Step) -> None:
    request = work.request
    known = request.step(step.name)
    if known is not None and known["state"] == StepState.DONE:
        return
    request.begin(step.name)
    request.save_progress()
    work.tell(step.name)
    try:
        detail = step.do(work)
    except Exception as error:
        reason = str(error) if isinstance(error, WowError) else f"{type(error).__name__}: {error}"
        request.end(step.name, StepState.FAILED, {"error": reason})
        _undo(work, steps, f"{step.name}: {reason}")
        raise
    request.end(step.name, StepState.DONE, detail)
    request.stage = step.stage
    request.save_progress()


def _undo(work: Work, steps: Sequence[Step], reason: str) -> None:
    """Undo what was begun, last first. One step that cannot be undone does not keep the others from it."""
    request = work.request
    request.undoing, request.error = True, reason
    request.save_progress()
    stuck = []
    for step in reversed(steps):
        known = request.step(step.name)
        if known is None or known["state"] == StepState.UNDONE:
            continue
        work.tell(f"undoing: {step.name}")
        try:
            step.undo(work)
        except WowError as error:
            stuck.append(f"{step.name} could not be undone ({error})")
            request.end(step.name, StepState.FAILED, {"undo": str(error)})
            break  # what came before it may still be in use
        request.end(step.name, StepState.UNDONE)
        request.save_progress()
    if stuck and request.attempts <= ATTEMPTS:
        request.error = "; ".join([reason, *stuck])
        request.save_progress()  # stays open: the next sweep tries again
        return
    request.close(RequestStage.FAILED, "; ".join([reason, *stuck]))


@contextlib.contextmanager
def held(request: GuestRequest) -> Iterator[None]:
    """Hold the request, or raise Busy at once; a killed worker's hold is gone with its connection."""
    number = int.from_bytes(request.pk.bytes[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [NAMESPACE + 1, number])
        (is_held,) = cursor.fetchone()
    if not is_held:
        raise Busy(f"{request}: another worker is at it")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [NAMESPACE + 1, number])
