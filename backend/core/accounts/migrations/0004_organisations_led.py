import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_tickets_need_no_log'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='role',
            name='peer_expert_has_alias',
        ),
        migrations.AddField(
            model_name='organisation',
            name='closed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='organisation',
            name='coordinator',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.role'),
        ),
        migrations.AddField(
            model_name='organisation',
            name='deputy',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.role'),
        ),
        migrations.AddField(
            model_name='organisation',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None),
        ),
        migrations.AddField(
            model_name='organisation',
            name='opened_at',
            field=models.DateTimeField(null=True),
        ),
        # Coordinators of before had no alias: one to be going on with.
        migrations.RunSQL(
            "UPDATE accounts_role SET alias = 'Coordinator ' || left(id::text, 8), avatar_key = 'hill-slate'"
            " WHERE kind = 'coordinator'",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='role',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['peer_expert', 'coordinator']), _negated=True), models.Q(('alias', ''), ('avatar_key', ''), _connector='OR', _negated=True), _connector='OR'), name='role_has_alias'),
        ),
    ]
