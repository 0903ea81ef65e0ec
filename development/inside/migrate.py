"""Run every migration that the database lacks; at its end Nautobot registers the Jobs of all apps."""

from __future__ import annotations

from . import answer, nautobot


def main() -> None:
    """Migrate the database that the environment names."""
    with nautobot():
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=1)
    answer(migrated=True)


if __name__ == "__main__":
    main()
