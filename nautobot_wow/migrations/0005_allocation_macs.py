from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('nautobot_wow', '0004_guest_request'),
    ]

    operations = [
        migrations.AddField(
            model_name='allocation',
            name='macs',
            field=models.JSONField(blank=True, default=list, help_text='The cards that had the address under this key; what was seen of them does not keep it from the key.', verbose_name='MAC addresses'),
        ),
    ]
