"""A process whose children carry a request out and are killed on the way with SIGKILL: no handler runs.

Reads lines "REQUEST STEP WHEN" and answers each with how the child ended. WHEN is one of

    before    the step is recorded as begun; nothing was done
    lost      the system has done it, and its answer never arrived (creation only)
    between   it is done, and that is not recorded
    after     it is recorded as done; the next step has not begun
    never     the child lives
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def main() -> None:
    """Answer until the input ends."""
    import nautobot

    nautobot.setup()
    print("ready", flush=True)
    for line in sys.stdin:
        request, step, when = line.split()
        print(one(request, step.replace("_", " "), when), flush=True)


def one(request: str, step: str, when: str) -> str:
    """Run one child and return how it ended."""
    child = os.fork()
    if child == 0:
        try:
            carry_out(request, step, when)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001  (a child must not return into the loop)
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else f"ended with {os.waitstatus_to_exitcode(status)}"


def carry_out(pk: str, step: str, when: str) -> None:
    """Carry the request out, and die where it was said."""
    from django.db import connections

    from nautobot_wow.models import GuestRequest
    from nautobot_wow.provisioning import queue
    from tests.provisioning.shop import FAST

    connections.close_all()  # they are the parent's
    request = GuestRequest.objects.get(pk=pk)
    for found in queue.FLOWS[request.action][0]:
        if found.name == step:
            wound(type(found), step, when)
    queue.run(request, request.requested_by, **FAST)


def wound(kind: type, step: str, when: str) -> None:
    """Let the process end at one moment of one step."""
    from nautobot_wow.models import GuestRequest
    from nautobot_wow.provisioning import queue

    done, save = kind.do, GuestRequest.save_progress  # type: ignore[attr-defined]

    def do(self: Any, work: Any) -> Any:
        if when == "before":
            die()
        if when == "lost":
            make = work.provisioner.create
            work.provisioner.create = lambda spec: (make(spec), die())
        result = done(self, work)
        if when == "between":
            die()
        return result

    def save_progress(self: GuestRequest) -> None:
        save(self)
        known = self.step(step)
        if when == "after" and known is not None and known["state"] == "done":
            die()

    kind.do = do  # type: ignore[attr-defined]
    GuestRequest.save_progress = save_progress  # type: ignore[method-assign]
    assert queue


def die() -> None:
    """End at once."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
