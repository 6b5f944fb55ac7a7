from django.apps import AppConfig


class ModeratorsConfig(AppConfig):
    name = "moderation.console"
    label = "moderators"

    def ready(self) -> None:
        from backend.core.console.sections import register_notices, register_section
        from moderation.console.menu import NOTICES, SECTIONS

        for section in SECTIONS:
            register_section(section)
        register_notices(NOTICES)
