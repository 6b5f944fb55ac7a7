from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    name = "peers.experts"
    label = "experts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from messaging import away
        from peers.experts import exporting
        from peers.experts.actions import erasing
        from peers.experts.actions.experts import follow_role
        from peers.experts.queries import roles_away, roles_off
        from peers.experts.titles import TITLES

        exporting.register()
        register(TITLES)
        away.register(roles_away)
        away.register_off(roles_off)
        standing.register_role_given(follow_role)
        register_part(erasing.PART)
