from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "peers.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.push.registry import register_silent
        from peers.journeys import events, exporting, titles
        from peers.journeys.actions import erasing

        events.register()
        exporting.register()
        register_silent(kinds=[events.JOURNEY_CHANGED], why="one's own doing")
        register(titles.TITLES)
        register_part(erasing.PART)
