from django.apps import AppConfig


class SealingConfig(AppConfig):
    name = "backend.core.sealing"
    label = "sealing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.jobs import register_job
        from backend.core.sealing.datakeys import sweep_orphans

        register_job(name="data keys without an owner", act=sweep_orphans, every_s=6 * 3600)
