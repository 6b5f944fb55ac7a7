from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "peers.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.http.titles import register
        from backend.core.push.registry import register_silent
        from peers.journeys import events, exporting, titles

        events.register()
        exporting.register()
        register_silent(kinds=[events.JOURNEY_CHANGED], why="one's own doing")
        register(titles.TITLES)
