from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "peers.referrals"
    label = "referrals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.sealing import datakeys
        from peers.referrals import events, exporting, titles, waking
        from peers.referrals.actions import ending, erasing
        from peers.referrals.queries import existing_referrals

        events.register()
        waking.register()
        exporting.register()
        register(titles.TITLES, safety=titles.SAFETY)
        datakeys.register_owners(existing_referrals)
        standing.register_organisation_closed(ending.follow_organisation)
        standing.register_consents(ending.follow_consents)
        register_job(name="referrals whose time is over", act=lambda now: ending.lapse_due(now=now))
        register_job(name="keys of ended referrals", act=lambda now: ending.shred_due(now=now))
        register_part(erasing.PART)
