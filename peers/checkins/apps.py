from django.apps import AppConfig


class CheckinsConfig(AppConfig):
    name = "peers.checkins"
    label = "checkins"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from peers.checkins import events, exporting, figures, titles, waking
        from peers.checkins.actions import caring, clock, erasing, plans, requests, sharing

        events.register()
        waking.register()
        exporting.register()
        figures.register()
        register(titles.TITLES, safety=titles.SAFETY)
        standing.register_consents(plans.follow_consents)
        standing.register_role_ended(sharing.follow_role_end)
        standing.register_role_ended(requests.follow_role_end)
        standing.register_role_ended(caring.follow_role_end)
        register_job(name="check-ins that are due", act=lambda now: clock.open_due(now=now))
        register_job(name="reminders and lapses", act=lambda now: clock.remind_or_lapse(now=now))
        register_job(name="caring messages", act=lambda now: caring.send_caring(now=now))
        register_job(name="ways back", act=lambda now: clock.ask_ways_back(now=now))
        register_job(name="shares whose time is over", act=lambda now: sharing.end_due_shares(now=now))
        register_job(name="wishes for contact without an answer", act=lambda now: requests.escalate_due(now=now))
        register_part(erasing.PART)
