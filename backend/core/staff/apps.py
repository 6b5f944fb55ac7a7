from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "backend.core.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.staff import exporting
        from backend.core.staff.actions.sessions import follow_lock, follow_role, sweep
        from backend.core.staff.titles import TITLES

        exporting.register()
        register(TITLES)
        standing.register(follow_lock)
        standing.register_role_ended(follow_role)
        register_job(name="staff sessions that are over", act=sweep, every_s=600)
