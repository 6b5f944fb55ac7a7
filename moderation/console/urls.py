"""Routes of the moderators' pages, in the console's namespace."""

from __future__ import annotations

from django.urls import path

from moderation.console.views import (
    answers,
    asides,
    audit,
    backlog,
    care,
    case,
    handling,
    holds,
    keys,
    load,
    queue,
    rules,
)

urlpatterns = [
    path("cases", queue.show_queue, name="queue"),
    path("cases/next", case.show_next, name="case_next"),
    path("cases/waiting", keys.say_waiting, name="waiting_cases"),
    path("cases/keys", keys.switch, name="keys"),
    path("cases/<uuid:case>", case.show_case, name="case"),
    path("backlog", backlog.show_backlog, name="backlog"),
    path("load", load.show_load, name="load"),
    path("load/decline", load.decline, name="load_decline"),
    path("load/<uuid:moderator>/talked", load.talked, name="load_talked"),
    path("holds", holds.show_holds, name="holds"),
    path("holds/<uuid:held>", holds.show_hold, name="hold"),
    path("cases/<uuid:case>/claim", handling.claim, name="case_claim"),
    path("cases/<uuid:case>/release", handling.release, name="case_release"),
    path("cases/<uuid:case>/about", handling.attach_case, name="case_about"),
    path("cases/<uuid:case>/note", handling.note, name="case_note"),
    path("cases/<uuid:case>/reports/<uuid:report>/ask", handling.ask, name="case_ask"),
    path("cases/<uuid:case>/decide", handling.decide, name="case_decide"),
    path("cases/<uuid:case>/care/say", care.say, name="care_say"),
    path("cases/<uuid:case>/care/ask", care.ask, name="care_ask"),
    path("cases/<uuid:case>/care/asks/<uuid:ask>", care.answer, name="care_answer"),
    path("cases/<uuid:case>/care/look", care.look, name="care_look"),
    path("decisions/<uuid:decision>", answers.show_decision, name="decision"),
    path("cases/<uuid:case>/unseal", asides.unseal, name="case_unseal"),
    path("cases/<uuid:case>/disclose", asides.disclose, name="case_disclose"),
    path("decisions/<uuid:decision>/identity", asides.show_identity, name="identity"),
    path("decisions/<uuid:decision>/contact", asides.ask_beside, name="identity_contact"),
    path("decisions/<uuid:decision>/extract", asides.show_extract, name="extract"),
    path("untold", asides.show_untold, name="untold"),
    path("untold/<uuid:decision>", asides.show_one_untold, name="one_untold"),
    path("appeals/<uuid:appeal>", answers.show_appeal, name="appeal"),
    path("audit", audit.show_audit, name="audit"),
    path("rules", rules.show_rules, name="rules"),
]
