from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "peers.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.http.titles import register
        from peers.journeys import events, titles

        events.register()
        register(titles.TITLES)
