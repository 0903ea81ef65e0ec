import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nautobot_wow", "0011_conflict_ledger"),
    ]

    operations = [
        migrations.AddField(
            model_name="guestrequest",
            name="allocation6",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="requests6",
                to="nautobot_wow.allocation",
                verbose_name="IPv6 allocation",
            ),
        ),
    ]
