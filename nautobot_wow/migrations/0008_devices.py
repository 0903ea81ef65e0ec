"""What was claimed as a node is claimed as a device: a switch or a firewall is one as well."""

from django.db import migrations

NODE, DEVICE = "node", "device"


def rename(apps, old, new):
    """Call the kind of claims by its new name."""
    apps.get_model("nautobot_wow", "Claim").objects.filter(kind=old).update(kind=new)


class Migration(migrations.Migration):
    dependencies = [("nautobot_wow", "0007_profile_probe")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: rename(apps, NODE, DEVICE),
            lambda apps, schema_editor: rename(apps, DEVICE, NODE),
        )
    ]
