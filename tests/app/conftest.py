"""What the tests of pages and APIs share: the tags of Nautobot's own test classes, people, and a queue to look into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the tags."""
    for tag in ("api", "integration", "performance", "unit"):
        config.addinivalue_line("markers", f"{tag}: a tag of Nautobot's own test classes")


@pytest.fixture
def person(client: Any, django_user_model: Any) -> Callable[..., Any]:
    """Log in somebody who may do exactly this: `person("view", on=(System,))`; more calls add to it."""
    from django.contrib.contenttypes.models import ContentType
    from nautobot.users.models import ObjectPermission

    user = django_user_model.objects.create_user("somebody")
    client.force_login(user)

    def allow(*actions: str, on: tuple[Any, ...] = (), constraints: Any = None) -> Any:
        name = f"{actions} {ObjectPermission.objects.count()}"
        permission = ObjectPermission.objects.create(name=name, actions=list(actions), constraints=constraints)
        permission.users.add(user)
        permission.object_types.add(*(ContentType.objects.get_for_model(model) for model in on))
        return client

    return allow


@dataclass
class Queue:
    """What was handed to the workers: Job and variables, in order. `workers` is how many there seem to be."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    workers: int = 1

    def put(self, args: list[Any], kwargs: dict[str, Any], **options: Any) -> None:
        """Take what would go to the broker."""
        self.asked.append((args[0], {name: str(kwargs[name]) if name == "system" else kwargs[name] for name in kwargs}))


@pytest.fixture
def queue(db: None, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Enable our Jobs, and catch what is enqueued instead of running it."""
    from django.db import transaction
    from nautobot.extras.jobs import run_job
    from nautobot.extras.models import Job

    found = Queue()
    Job.objects.filter(module_name__startswith="nautobot_wow.jobs").update(enabled=True)
    monkeypatch.setattr(run_job, "apply_async", found.put)
    monkeypatch.setattr(transaction, "on_commit", lambda call, *args, **kwargs: call())
    monkeypatch.setattr("nautobot_wow.ui.start.get_worker_count", lambda queue: found.workers)
    return found
