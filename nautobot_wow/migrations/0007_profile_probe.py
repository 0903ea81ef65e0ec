from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('nautobot_wow', '0006_final_backup'),
    ]

    operations = [
        migrations.AddField(
            model_name='networkprofile',
            name='probe',
            field=models.BooleanField(default=False, help_text="Before an address is given out, ask whether somebody answers on it (echo request, else a few TCP ports); one that answers is remembered and passed over. Nautobot's workers must reach the network."),
        ),
    ]
