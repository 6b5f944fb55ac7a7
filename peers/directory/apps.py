from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "peers.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.core.accounts import standing
        from backend.core.erasure.registry import register as register_part
        from backend.core.http.titles import register
        from backend.core.jobs import register_job
        from backend.core.sealing import datakeys
        from peers.directory import exporting, queries, titles
        from peers.directory.actions import erasing
        from peers.directory.actions.entries import hand_over
        from peers.directory.actions.sweep import sweep

        exporting.register()
        register(titles.TITLES)
        datakeys.register_owners(queries.existing_entries)
        standing.register_organisation_closed(hand_over)
        register_job(name="what the directory keeps for a while", act=lambda now: sweep(now=now), every_s=3600)
        register_part(erasing.PART)
