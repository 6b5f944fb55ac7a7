from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.sealing import datakeys
        from messaging import events, exporting, titles, waking
        from messaging.actions import erasing
        from messaging.actions.dormancy import follow_standing, show_due
        from messaging.actions.held import drop_held
        from messaging.actions.leading import close_unled, follow_role_ended
        from messaging.actions.pausing import settle_pauses
        from messaging.actions.retention import drop_superseded
        from messaging.queries.conversations import existing_conversations

        events.register()
        exporting.register()
        register_part(erasing.PART)
        waking.register()
        register(titles.TITLES, safety=titles.SAFETY)
        datakeys.register_owners(existing_conversations)
        standing.register(follow_standing)
        standing.register_role_ended(follow_role_ended)
        register_job(name="what concerns whole accounts", act=lambda now: show_due(now=now))
        register_job(name="groups nobody leads", act=lambda now: close_unled(now=now), every_s=60)
        register_job(name="groups whose leads are away", act=lambda now: settle_pauses(now=now), every_s=10)
        register_job(name="messages that waited", act=lambda now: drop_held(now=now), every_s=600)
        register_job(name="superseded texts", act=lambda now: drop_superseded(now=now), every_s=600)
