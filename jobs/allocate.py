"""The Job that gives an address out: for people, with a form; programs use REST."""

from __future__ import annotations

from typing import Any

from nautobot.apps.jobs import ChoiceVar, DryRunVar, Job, ObjectVar, StringVar, TextVar

from nautobot_wow.errors import NotAllowed, Unavailable
from nautobot_wow.ipam.allocator import Ask, allocate, preview
from nautobot_wow.models import NetworkProfile

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

SOFT_LIMIT_S = 60
HARD_LIMIT_S = 90
FAMILIES = (("4", "IPv4"), ("6", "IPv6"))
TEXTS = ("host", "purpose", "justification", "dns_name")


class AllocateAddress(Job):
    """Hold an address for somebody; a dry run says which one it would be."""

    network_profile = ObjectVar(
        model=NetworkProfile, query_params={"enabled": True}, description="The network to get an address of."
    )  # "profile" by itself is an option of every Job: whether to measure it
    guest = StringVar(
        label="Name",
        required=False,
        description="What it is for: the name of a guest or service. It is the key, if no other is given.",
    )
    key = StringVar(
        required=False,
        description="What you call this request. The same key always gets the same address; empty takes the name.",
    )
    family = ChoiceVar(choices=FAMILIES, default="4", label="IP version", required=False)
    host = StringVar(label="Address", required=False, description="A certain address; empty takes the first free one.")
    purpose = StringVar(required=False, description="The description of the address.")
    justification = TextVar(required=False, description="Why there; a restricted network wants this.")
    dns_name = StringVar(label="DNS name", required=False)
    dryrun = DryRunVar(label="Dry run", description="Only say which address it would be.", default=False)

    class Meta:
        name = "Allocate an address"
        description = "Hold an address that nobody has: none that is known, seen on the network, or another's to give."
        dryrun_default = False
        has_sensitive_variables = False
        soft_time_limit = SOFT_LIMIT_S
        time_limit = HARD_LIMIT_S
        field_order = (
            "network_profile", "guest", "host", "family", "purpose", "justification", "dns_name", "key", "dryrun",
        )  # fmt: skip

    def run(self, *, network_profile: NetworkProfile, dryrun: bool = False, **values: Any) -> dict[str, Any]:
        """Return the address and its key. Raises a WowError, whose sentence says why there is none."""
        ask = self._ask(self._may_it(network_profile), **values)
        try:
            if dryrun:
                host, is_new = preview(ask)
                self.logger.info("%s %s", ask.key, f"would get {host}" if is_new else f"has {host} already")
                return {"key": ask.key, "address": host, "dry_run": True}
            given, is_new = allocate(ask)
        except Unavailable as error:
            for row in error.detail.get("passed_over", ()):  # type: ignore[attr-defined]
                self.logger.warning("%s %s: %s", row["count"], row["reason"], ", ".join(row["first"]))
            raise
        text = "is held for" if is_new else "was given before to"
        self.logger.info("%s %s %s", given.cidr, text, given.key, extra={"object": given.address or ask.profile})
        return {"key": given.key, "address": given.cidr, "new": is_new}

    def _may_it(self, profile: NetworkProfile) -> NetworkProfile:
        allowed = NetworkProfile.objects.restrict(self.user, "allocate").filter(pk=profile.pk)
        found = allowed.select_related("prefix", "prefix6").first()
        if found is None:
            raise NotAllowed(
                f"{self.user} may not allocate from {profile.name}; ask for the permission allocate_networkprofile"
            )
        return found

    def _ask(self, profile: NetworkProfile, *, guest: str = "", key: str = "", **values: Any) -> Ask:
        given = {name: (values.get(name) or "").strip() for name in TEXTS}
        guest = (guest or "").strip()
        return Ask(
            profile=profile,
            key=(key or "").strip() or guest or f"job {self.job_result.pk}",
            family=int(values.get("family") or 4),
            host=given["host"],
            purpose=given["purpose"] or guest,
            justification=given["justification"],
            dns_name=given["dns_name"],
            user=self.user,
        )
