from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "backend.core.console"
    label = "console"

    def ready(self) -> None:
        from backend.core.http import middleware

        middleware.allow_cookies(namespace="console")
