"""What PostgreSQL knows of its tables after a large load: without it, the next run can take hours instead of a second.

The planner believes that a table is as empty as it was when it was last analysed. Autovacuum comes within a minute or
so; a run that follows at once would be joined by nested loops over what the planner takes for single rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import connection
from nautobot.extras.models import TaggedItem
from nautobot.ipam.models import IPAddressToInterface

from ..diffsync_models import KINDS
from ..models import Claim
from .plan import Change

MANY = 250
"""New objects of one kind in one run. Below, even the worst plan takes no time worth speaking of."""

BETWEEN = (Claim, IPAddressToInterface, TaggedItem)
"""What grows with the objects."""


def refresh(done: Iterable[Change]) -> None:
    """Analyse the tables that a run has filled, with one statement; nothing where it created few objects."""
    created = Counter(change.kind for change in done if change.comes)
    filled = [KINDS[kind].orm for kind, number in created.items() if number >= MANY]
    if filled:
        names = sorted(connection.ops.quote_name(model._meta.db_table) for model in (*filled, *BETWEEN))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(names)}")
