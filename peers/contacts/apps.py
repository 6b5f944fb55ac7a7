from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "peers.contacts"
    label = "contacts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from messaging import ends
        from peers.contacts import events, exporting, titles, waking
        from peers.contacts.actions import clock, erasing, stopping

        events.register()
        waking.register()
        exporting.register()
        register(titles.TITLES, safety=titles.SAFETY)
        standing.register(stopping.follow_lock)
        standing.register_role_ended(stopping.follow_role)
        standing.register_organisation_closed(stopping.follow_organisation)
        standing.register_beside(stopping.accounts_beside)
        ends.register(stopping.follow_talk, beside=stopping.accounts_beside_talks)
        register_job(name="members nobody is beside", act=lambda now: clock.seek(now=now))
        register_job(name="goodbyes that are over", act=lambda now: clock.close_goodbyes(now=now), every_s=60)
        register_job(name="handovers that lapse", act=lambda now: clock.lapse_handovers(now=now), every_s=60)
        register_part(erasing.PART)
