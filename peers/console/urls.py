"""Routes of the coordinators' pages, in the console's namespace."""

from __future__ import annotations

from django.urls import path

from peers.console.views import (
    beside,
    duty,
    entries,
    invites,
    letters,
    organisation,
    people,
    referrals,
    vettings,
    waiting,
)

urlpatterns = [
    path("waiting", waiting.show_waiting, name="waiting"),
    path("ways-back/<uuid:way_back>", beside.show_way_back, name="way_back"),
    path("ways-back/<uuid:way_back>/talk", beside.open_talk, name="way_back_talk"),
    path("ways-back/<uuid:way_back>/greeted", beside.greeted, name="way_back_greeted"),
    path("wishes/<uuid:wish>/take-on", beside.take_on, name="wish_take_on"),
    path("wishes/<uuid:wish>/pass-on", beside.pass_on, name="wish_pass_on"),
    path("wishes/<uuid:wish>/close", beside.close, name="wish_close"),
    path("referrals/<uuid:referral>", referrals.show_referral, name="referral"),
    path("referrals/<uuid:referral>/accept", referrals.accept, name="referral_accept"),
    path("referrals/<uuid:referral>/return", referrals.give_back, name="referral_return"),
    path("peers", people.show_peers, name="peers"),
    path("peers/checklist", vettings.change_checklist, name="checklist"),
    path("peers/<uuid:peer>", people.show_peer, name="peer"),
    path("peers/<uuid:peer>/limit", people.limit, name="peer_limit"),
    path("peers/<uuid:peer>/pause", people.pause, name="peer_pause"),
    path("peers/<uuid:peer>/vetting", vettings.start, name="peer_vetting"),
    path("peers/<uuid:peer>/end", people.end, name="peer_end"),
    path("vettings/<uuid:vetting>", vettings.sign, name="vetting"),
    path("vettings/<uuid:vetting>/drop", vettings.drop, name="vetting_drop"),
    path("invites", invites.show_invites, name="invites"),
    path("invites/<uuid:invite>/withdraw", invites.withdraw, name="invite_withdraw"),
    path("invites/pauses/<uuid:pause>", invites.review, name="invite_pause"),
    path("entries", entries.show_entries, name="entries"),
    path("entries/open", entries.show_unkept, name="entries_open"),
    path("entries/new", entries.create, name="entry_new"),
    path("entries/gaps", entries.show_gaps, name="entries_gaps"),
    path("entries/letters", letters.show_letters, name="letters"),
    path("entries/letters/problems/<uuid:problem>", letters.settle, name="problem_settle"),
    path("entries/letters/questions/<uuid:question>", letters.answer, name="question"),
    path("entries/letters/questions/<uuid:question>/drop", letters.drop, name="question_drop"),
    path("entries/<uuid:entry>", entries.change, name="entry"),
    path("entries/<uuid:entry>/assure", entries.assure, name="entry_assure"),
    path("entries/<uuid:entry>/withdraw", entries.withdraw, name="entry_withdraw"),
    path("duty", duty.show_duty, name="duty"),
    path("duty/<uuid:duty>/drop", duty.drop, name="duty_drop"),
    path("organisation", organisation.show_organisation, name="organisation"),
    path("organisation/seats", organisation.name_seats, name="organisation_seats"),
    path("organisation/close", organisation.close, name="organisation_close"),
]
