from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('nautobot_wow', '0008_devices'),
    ]

    operations = [
        migrations.AddField(
            model_name='claim',
            name='origin',
            field=models.CharField(blank=True, default='', help_text='Where a person finds it: a document and its line; empty where a system was asked.', max_length=255),
            preserve_default=False,
        ),
    ]
