"""What runs within Nautobot's environment, as processes of its own: an order on standard input, an answer as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any


def order() -> dict[str, Any]:
    """Return what the launcher wants."""
    text = sys.stdin.read()
    return dict(json.loads(text)) if text.strip() else {}


def answer(**facts: Any) -> None:
    """Tell the launcher what was done, as the last line."""
    sys.stdout.write(json.dumps(facts, default=str) + "\n")


@contextlib.contextmanager
def nautobot() -> Any:
    """Set Nautobot up; what it prints goes to the log, so that the answer stays alone."""
    with contextlib.redirect_stdout(sys.stderr):
        import nautobot as package

        package.setup()
        yield
