from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "backend.core.streams"
    label = "streams"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        from backend.core.streams import ring, store

        if settings.REDIS_URL:  # a server process puts its own ring in this one's place
            store.set_announcer(ring.Bell(settings.REDIS_URL).ring)
