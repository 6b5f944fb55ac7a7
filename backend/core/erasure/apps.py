from django.apps import AppConfig


class ErasureConfig(AppConfig):
    name = "backend.core.erasure"
    label = "erasure"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.erasure import exporting, house
        from backend.core.erasure.actions.running import forget_erasures, run_erasures
        from backend.core.jobs import register_job

        exporting.register()
        house.register()
        register_job(name="accounts to erase", act=lambda now: run_erasures(now=now), every_s=5)
        register_job(name="erasures long ago", act=lambda now: forget_erasures(now=now), every_s=3600)
