"""Reports on entries of the directory, which nobody of the organisation concerned looks at, and on peer experts."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

BEFORE = """
CREATE OR REPLACE FUNCTION moderation_is_colleague(the_role uuid, the_case uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM accounts_role r
        JOIN moderation_case c ON c.id = the_case
        JOIN accounts_role theirs ON theirs.account_id = c.subject_id AND theirs.ended_at IS NULL
                                 AND theirs.kind IN ('moderator', 'coordinator', 'second_approver', 'auditor')
        JOIN accounts_role own ON own.account_id = r.account_id AND own.ended_at IS NULL
                              AND own.organisation_id = theirs.organisation_id
        WHERE r.id = the_role)
$$;
"""
ALSO_ENTRIES = BEFORE.replace(
    "WHERE r.id = the_role)",
    """WHERE r.id = the_role)
    OR EXISTS (
        SELECT FROM accounts_role r
        JOIN moderation_case c ON c.id = the_case
        JOIN directory_entry e ON e.id = c.entry
        JOIN accounts_role own ON own.account_id = r.account_id AND own.ended_at IS NULL
                              AND own.organisation_id IN (e.kept_by_id, e.assured_by_id)
        WHERE r.id = the_role)""",
)


class Migration(migrations.Migration):
    dependencies = [("moderation", "0009_asides"), ("directory", "0003_taken_out")]
    operations = [
        migrations.CreateModel(
            name="Exhibit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("body", models.BinaryField()),
                ("taken_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exhibits", to="moderation.case"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.UniqueConstraint(fields=("case", "version"), name="exhibit_once"),
        ),
        migrations.AlterField(
            model_name="report",
            name="target",
            field=models.CharField(
                choices=[
                    ("message", "Message"),
                    ("membership", "Membership"),
                    ("entry", "Entry"),
                    ("peer", "Peer"),
                    ("notice", "Notice"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="measure",
            name="kind",
            field=models.CharField(
                choices=[
                    ("hide", "hide"),
                    ("warn", "warn"),
                    ("withdraw_entry", "withdraw_entry"),
                    ("slow", "slow"),
                    ("mute", "mute"),
                    ("remove", "remove"),
                    ("unverify", "unverify"),
                    ("suspend", "suspend"),
                    ("exclude", "exclude"),
                    ("close_group", "close_group"),
                    ("pause_inviter", "pause_inviter"),
                    ("unseal_identity", "unseal_identity"),
                    ("disclose", "disclose"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunSQL(ALSO_ENTRIES, BEFORE),
    ]
