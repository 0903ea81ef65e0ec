"""Tables of System, Claim, Plan and Conflict. Depends on no later core migration than Nautobot 3.2.0 has."""

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import nautobot.core.models.fields
import nautobot.extras.models.mixins
import nautobot.ipam.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('dcim', '0090_remove_cable_old_gfk_fields'),
        ('extras', '0142_remove_scheduledjob_approval_required'),
        ('ipam', '0057_ipaddressrange'),
        ('virtualization', '0030_alter_virtualmachine_local_config_context_data_owner_content_type_and_more'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='System',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, unique=True)),
                ('created', models.DateTimeField(auto_now_add=True, null=True)),
                ('last_updated', models.DateTimeField(auto_now=True, null=True)),
                ('_custom_field_data', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('name', models.CharField(max_length=255, unique=True)),
                ('kind', models.CharField(max_length=50)),
                ('description', models.CharField(blank=True, max_length=255)),
                ('enabled', models.BooleanField(default=True)),
                ('options', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('mode', models.CharField(default='keep', max_length=20)),
                ('precedence', models.PositiveSmallIntegerField(blank=True)),
                ('delete_policy', models.CharField(default='retire', max_length=20)),
                ('grace_runs', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1)])),
                ('guards', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('last_run_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('last_success_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('last_status', models.CharField(default='never', editable=False, max_length=20)),
                ('last_message', models.TextField(blank=True, editable=False)),
                ('last_summary', models.JSONField(blank=True, default=dict, editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('last_duration', models.DurationField(blank=True, editable=False, null=True)),
                ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='wow_systems', to='virtualization.cluster')),
                ('device', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='wow_systems', to='dcim.device')),
                ('external_integration', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='wow_systems', to='extras.externalintegration')),
                ('location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='wow_systems', to='dcim.location')),
                ('namespace', models.ForeignKey(default=nautobot.ipam.models.get_default_namespace_pk, on_delete=django.db.models.deletion.PROTECT, related_name='wow_systems', to='ipam.namespace')),
                ('tags', nautobot.core.models.fields.TagsField(through='extras.TaggedItem', to='extras.Tag')),
            ],
            options={
                'ordering': ['name'],
                'permissions': [('plan_system', 'Can plan a sync'), ('apply_system', 'Can apply a sync')],
            },
            bases=(nautobot.extras.models.mixins.DataComplianceModelMixin, nautobot.extras.models.mixins.DynamicGroupMixin, nautobot.extras.models.mixins.NotesMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, unique=True)),
                ('digest', models.CharField(db_index=True, max_length=64)),
                ('summary', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('content', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('truncated', models.BooleanField(default=False)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('expires', models.DateTimeField()),
                ('refused', models.TextField(blank=True)),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('applied_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job_result', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='wow_plans', to='extras.jobresult')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plans', to='nautobot_wow.system')),
            ],
            options={
                'ordering': ['-created'],
            },
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, unique=True)),
                ('created', models.DateTimeField(auto_now_add=True, null=True)),
                ('last_updated', models.DateTimeField(auto_now=True, null=True)),
                ('_custom_field_data', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('key', models.CharField(editable=False, max_length=64, unique=True)),
                ('title', models.CharField(max_length=255)),
                ('kind', models.CharField(max_length=50)),
                ('severity', models.CharField(default='warning', max_length=20)),
                ('message', models.TextField(blank=True)),
                ('object_id', models.UUIDField(blank=True, null=True)),
                ('evidence', models.JSONField(blank=True, default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('scopes', models.JSONField(blank=True, default=list, editable=False)),
                ('first_seen', models.DateTimeField()),
                ('last_seen', models.DateTimeField()),
                ('state', models.CharField(default='open', max_length=20)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('object_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='contenttypes.contenttype')),
                ('tags', nautobot.core.models.fields.TagsField(through='extras.TaggedItem', to='extras.Tag')),
                ('system', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='conflicts', to='nautobot_wow.system')),
            ],
            options={
                'ordering': ['-last_seen', 'title'],
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='wow_conflict_object')],
            },
            bases=(nautobot.extras.models.mixins.DataComplianceModelMixin, nautobot.extras.models.mixins.DynamicGroupMixin, nautobot.extras.models.mixins.NotesMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, unique=True)),
                ('kind', models.CharField(max_length=50)),
                ('external_id', models.CharField(max_length=255)),
                ('scopes', models.JSONField(blank=True, default=list)),
                ('object_id', models.UUIDField()),
                ('values', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('fingerprint', models.JSONField(blank=True, default=list)),
                ('created_object', models.BooleanField(default=False)),
                ('missing_since', models.DateTimeField(blank=True, null=True)),
                ('missed_runs', models.PositiveSmallIntegerField(default=0)),
                ('retired', models.BooleanField(default=False)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('object_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype')),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='claims', to='nautobot_wow.system')),
            ],
            options={
                'ordering': ['system', 'kind', 'external_id'],
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='wow_claim_object')],
                'constraints': [models.UniqueConstraint(fields=('system', 'kind', 'external_id'), name='wow_claim_unique')],
            },
        ),
    ]
