from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "backend.core.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import events, exporting, queries, standing, titles
        from backend.core.accounts.actions.duties import forget_duties, leave_duties
        from backend.core.accounts.actions.invites import withdraw_of_role
        from backend.core.accounts.actions.recoveries import sweep_recoveries
        from backend.core.accounts.actions.recovery_settings import drop_helper
        from backend.core.accounts.sweep import forget_invites, sweep
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.sealing import datakeys

        events.register()
        exporting.register()
        register(titles.TITLES, safety=titles.SAFETY)
        datakeys.register_owners(queries.existing_accounts)
        standing.register_role_ended(withdraw_of_role)
        standing.register_role_ended(drop_helper)
        standing.register_role_ended(leave_duties)
        register_job(name="sessions that are over", act=sweep, every_s=60)
        register_job(name="recoveries that are over", act=sweep_recoveries, every_s=600)
        register_job(name="who invited whom", act=forget_invites, every_s=3600)
        register_job(name="duties that are over", act=forget_duties, every_s=3600)
