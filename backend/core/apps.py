from django.apps import AppConfig
from django.core.checks import register


class CoreConfig(AppConfig):
    name = "backend.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core import audit_check, checkpoints, exporting, jobs, limits
        from backend.core.checks import check_kept_outside, check_reviewed
        from backend.core.http import idempotency

        exporting.register()
        register(check_reviewed, "texts", deploy=True)
        register(check_kept_outside, "outside", deploy=True)
        jobs.register_job(name="checkpoints of the audit", act=lambda now: checkpoints.keep(now=now), every_s=300)
        jobs.register_job(
            name="check of the audit",
            act=lambda now: audit_check.walk(now=now),
            every_s=audit_check.EVERY_S,
            lane="audit",  # a long chain takes a while, and nothing else waits for it
        )
        jobs.register_job(name="sweep limits", act=limits.sweep, every_s=600)
        jobs.register_job(name="sweep kept replies", act=idempotency.sweep, every_s=600)
