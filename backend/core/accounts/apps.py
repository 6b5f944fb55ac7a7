from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "backend.core.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import events

        events.register()
