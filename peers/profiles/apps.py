from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "peers.profiles"
    label = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.erasure.registry import register as register_part
        from peers.profiles import exporting
        from peers.profiles.actions import erasing

        exporting.register()
        register_part(erasing.PART)
