from django.apps import AppConfig


class SealingConfig(AppConfig):
    name = "backend.core.sealing"
    label = "sealing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.jobs import register_job
        from backend.core.sealing import datakeys, vault

        register_job(name="data keys without an owner", act=datakeys.sweep_orphans, every_s=6 * 3600)
        register_job(name="key pairs without an owner", act=vault.sweep_orphans, every_s=6 * 3600)
