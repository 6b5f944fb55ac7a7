from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "peers.profiles"
    label = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from peers.profiles import exporting

        exporting.register()
