from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    name = "peers.console"
    label = "coordination"

    def ready(self) -> None:
        from backend.core.console.sections import register_notices, register_section
        from peers.console.menu import NOTICES, SECTIONS

        for section in SECTIONS:
            register_section(section)
        register_notices(NOTICES)
