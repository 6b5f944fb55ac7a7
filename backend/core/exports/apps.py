from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "backend.core.exports"
    label = "exports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.exports import events, exporting, titles
        from backend.core.exports.actions.making import drop_due, make_due
        from backend.core.http.titles import register
        from backend.core.jobs import register_job

        events.register()
        exporting.register()
        register(titles.TITLES)
        # A lane of its own: somebody's years take a while, and nothing that is due waits for that.
        register_job(name="data to take along", act=lambda now: make_due(now=now), lane="exports")
        register_job(name="data that was taken along", act=lambda now: drop_due(now=now), every_s=600)
