"""Make a database ready for its web server: migrations, static files, the administrator and an API token.

One process does it all, because loading Nautobot takes longer than the work.
"""

from __future__ import annotations

from typing import Any

from . import answer, nautobot, order


def main() -> None:
    """Do what the order asks for: admin, password (or none, to leave it), token, migrate, seed."""
    wanted = order()
    with nautobot():
        if wanted.get("migrate", True):
            migrate()
        facts: dict[str, Any] = {"administrator": administrator(wanted), "jobs": enable_jobs()}
        facts["schedules"] = schedule(wanted["admin"])
        if wanted.get("lab"):
            from .seed import seed

            facts["seed"] = seed(wanted["lab"], wanted["admin"])
    answer(**facts)


def migrate() -> None:
    """Bring tables, Jobs and static files up to date."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    call_command("collectstatic", interactive=False, verbosity=0)


def administrator(wanted: dict[str, Any]) -> str:
    """Make the administrator and the token; says "made", "changed" or "kept"."""
    from django.contrib.auth import get_user_model
    from nautobot.users.models import Token

    user, made = get_user_model().objects.get_or_create(
        username=wanted["admin"], defaults={"is_superuser": True, "is_staff": True, "is_active": True}
    )
    changed = bool(wanted.get("password")) and not user.check_password(wanted["password"])
    if changed:
        user.set_password(wanted["password"])
        user.save()
    if not Token.objects.filter(user=user, key=wanted["token"]).exists():
        Token.objects.create(user=user, key=wanted["token"], description="made by the launcher")
        changed = True
    return "made" if made else "changed" if changed else "kept"


def enable_jobs() -> int:
    """Allow the app's Jobs to be run; Nautobot registers every Job as not enabled. Returns how many were not."""
    from nautobot.extras.models import Job

    jobs = list(Job.objects.filter(module_name__startswith="nautobot_wow.jobs", installed=True, enabled=False))
    for job in jobs:
        job.enabled = True
        job.validated_save()
    return len(jobs)


def schedule(admin: str) -> int:
    """Have the Jobs that keep house run by themselves, on behalf of the administrator; returns how many are new."""
    from django.contrib.auth import get_user_model

    from nautobot_wow.schedules import ensure_schedules

    return ensure_schedules(get_user_model().objects.get(username=admin))


if __name__ == "__main__":
    main()
