from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('nautobot_wow', '0005_allocation_macs'),
    ]

    operations = [
        migrations.AddField(
            model_name='guestrequest',
            name='backup_storage',
            field=models.CharField(blank=True, default='', help_text='Where the last backup of a guest that goes is kept; empty is no backup.', max_length=255),
            preserve_default=False,
        ),
    ]
