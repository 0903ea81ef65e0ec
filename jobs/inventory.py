"""The Job that writes the inventory page out of Nautobot, in the shape in which it is read."""

from __future__ import annotations

from nautobot.apps.jobs import Job, ObjectVar, StringVar

from nautobot_wow.errors import Incomplete, NotAllowed
from nautobot_wow.ipam.written_down import written_down
from nautobot_wow.models import System
from nautobot_wow.systems.inventory.parse.reading import read_page
from nautobot_wow.systems.inventory.report import facts_of
from nautobot_wow.systems.inventory.write import write_page

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SHOWN = 100_000
"""How much of a page stands in the result itself, as characters; the file always has all of it."""
NAMED = 50
TIME_LIMIT_S = 600


class WriteInventory(Job):
    """Write the networks, ranges and addresses of a place as a Markdown page."""

    system = ObjectVar(
        model=System, description="Its namespace and its location say what the page is about; it is not asked anything."
    )
    title = StringVar(default="IP address inventory", description="The first line of the page.")

    class Meta:
        name = "Write the inventory page"
        description = (
            "Write the prefixes, VLANs, gateways, ranges and addresses of a System's place as a Markdown page. Reading "
            "that page again changes nothing. The page is attached as a file; nothing in Nautobot changes."
        )
        has_sensitive_variables = False
        soft_time_limit = TIME_LIMIT_S
        time_limit = TIME_LIMIT_S + 60
        field_order = ("system", "title")

    def run(self, system: System, title: str = "IP address inventory") -> str:
        """Write the page, read it back, attach it."""
        if not System.objects.restrict(self.user, "view").filter(pk=system.pk).exists():
            raise NotAllowed(f"{self.user} may not see {system.name}; ask for the permission view_system")
        found = written_down(system, self.user)
        if not found.networks:
            raise Incomplete(f"{system.name}: there is no prefix at its place, so there is no page to write")
        text = write_page(title, found.networks.values())
        page = read_page("inventory.md", text)
        for what, value in facts_of(page).items():
            self.logger.info("%s: %s", what, value)
        for sentence in found.left_out[:NAMED]:
            self.logger.warning("Left out: %s", sentence)
        if len(found.left_out) > NAMED:
            self.logger.warning("and %s more", len(found.left_out) - NAMED)
        self.create_file("inventory.md", text)
        if page.rejects:
            lines = ", ".join(f"line {entry.line} ({entry.says})" for entry in page.rejects[:NAMED])
            raise Incomplete(f"{system.name}: the page is attached, but would not be read back whole: {lines}")
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}\n…"
