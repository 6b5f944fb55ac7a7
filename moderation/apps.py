from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import looks
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.sealing import datakeys
        from messaging import away, deciding
        from moderation import events, exporting, titles, waking
        from moderation.actions import erasing
        from moderation.actions.agreements import ask_anew
        from moderation.actions.asides import tell_due
        from moderation.actions.decisions import end_due
        from moderation.actions.duty import call_due
        from moderation.actions.holds import escalate_due
        from moderation.actions.leads import Keeper
        from moderation.actions.load import forget_load
        from moderation.actions.retention import drop_over
        from moderation.pages.menu import LINKS
        from moderation.queries.asides import untold
        from moderation.queries.cases import existing_cases
        from moderation.queries.duty import is_watched
        from peers.directory.pages.links import register_link

        events.register()
        register_part(erasing.PART)
        waking.register()
        exporting.register()
        deciding.register(Keeper())
        away.register_watch(is_watched)
        register(titles.TITLES, safety=titles.SAFETY)
        datakeys.register_owners(existing_cases)
        for route, title in LINKS:
            register_link(route=route, title=title)
        register_job(name="messages nobody looked at", act=lambda now: escalate_due(now=now), every_s=60)
        looks.register(untold)
        register_job(name="what is told when it is safe", act=lambda now: tell_due(now=now), every_s=60)
        register_job(name="measures that are over", act=lambda now: end_due(now=now), every_s=10)
        register_job(name="cases that nobody takes", act=lambda now: call_due(now=now), every_s=5)
        register_job(name="rules that have changed", act=lambda now: ask_anew(now=now), every_s=60)
        register_job(name="words of cases that are over", act=lambda now: drop_over(now=now), every_s=600)
        register_job(name="what moderators have met", act=lambda now: forget_load(now=now), every_s=3600)
