from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "backend.core.push"
    label = "push"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.push import exporting, figures, own_account, titles
        from backend.core.push.actions.devices import drop_devices
        from backend.core.push.actions.expanding import expand_streams, expand_wishes
        from backend.core.push.actions.sending import send_due

        register(titles.TITLES)
        exporting.register()
        own_account.register()
        standing.register_sessions_ended(drop_devices)
        register_job(name="push wishes", act=lambda now: expand_wishes(now=now))
        register_job(name="push streams", act=lambda now: expand_streams(now=now))
        register_job(name="push deliveries", act=lambda now: send_due(now=now), lane="push")
        register_job(name="push alarm", act=figures.watch, every_s=60)
