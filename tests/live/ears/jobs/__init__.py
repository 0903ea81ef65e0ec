"""A job hook that says what it was told, a Job that renames a guest as Nautobot's own pages do, and an event broker."""

from django.conf import settings
from nautobot.apps.jobs import Job, JobHookReceiver, ObjectVar, StringVar, register_jobs
from nautobot.core import events
from nautobot.virtualization.models import VirtualMachine

TOPIC = "nautobot.*.virtualization.virtualmachine"


class Receiver(JobHookReceiver):
    class Meta:
        name = "Say what changed"

    def receive_job_hook(self, change, action, changed_object):
        name = changed_object.name if changed_object else None
        self.logger.info("%s %s %s %s", action, change.changed_object_id, name, change.pk)


class Rename(Job):
    guest = ObjectVar(model=VirtualMachine)
    new_name = StringVar()

    class Meta:
        name = "Rename a guest"

    def run(self, *, guest, new_name):
        guest.name = new_name
        guest.validated_save()


register_jobs(Receiver, Rename)

if not any(isinstance(broker, events.RedisEventBroker) for broker in events._EVENT_BROKERS):
    events.register_event_broker(
        events.RedisEventBroker(url=settings.CELERY_BROKER_URL, include_topics=[TOPIC], exclude_topics=[])
    )
