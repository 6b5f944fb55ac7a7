from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "peers.matching"
    label = "matching"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.push.registry import register_silent
        from peers.matching import events, exporting
        from peers.matching.actions import erasing
        from peers.matching.actions.clock import advance_due, drop_closed
        from peers.matching.titles import TITLES

        events.register()
        exporting.register()
        register_silent(kinds=[events.MATCH_CHANGED], why="one's own doing; what comes by itself, the clock wishes")
        register(TITLES)
        register_job(name="matches that are due", act=lambda now: advance_due(now=now), every_s=10)
        register_job(name="closed requests for a match", act=lambda now: drop_closed(now=now), every_s=3600)
        register_part(erasing.PART)
