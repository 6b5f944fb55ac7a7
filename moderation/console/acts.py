"""What is shown for the actions of the audit, and for who acted. The part before the colon says what it is about."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from backend.core.accounts.models import Role
from moderation.console.names import Names
from moderation.queries.audit import GONE, MEMBER, READ, SEARCHED, SERVER

ACTS: Names = MappingProxyType(
    {
        "account.locked": _("Account: locked"),
        "account.recovered": _("Account: recovered with two helpers"),
        "account.suspended": _("Account: suspended"),
        "account.suspension_ended": _("Account: suspension ended"),
        "account.unlocked": _("Account: unlocked"),
        "appeal.rejected": _("Appeal: rejected"),
        "appeal.upheld": _("Appeal: upheld"),
        READ: _("Audit: read"),
        SEARCHED: _("Audit: searched for one thing"),
        "care.contact_asked": _("Care: contact person asked"),
        "care.contact_proposed": _("Care: proposed to ask the contact person"),
        "care.contact_refused": _("Care: a second person did not agree to ask"),
        "care.looked": _("Care: found to be enough"),
        "care.not_enough": _("Care: found not to be enough"),
        "care.reached_out": _("Care: spoke to the member"),
        "case.called": _("Case: called people to it"),
        "case.claimed": _("Case: claimed"),
        "case.escalated": _("Case: late, everybody called"),
        "case.released": _("Case: released"),
        "checklist.changed": _("Checklist: changed"),
        "contact.unattended": _("Contact: nobody was left to step in"),
        "decision.lapsed": _("Decision: lapsed, no second person answered"),
        "decision.made": _("Decision: made"),
        "decision.refused": _("Decision: a second person did not agree"),
        "decision.reviewed": _("Decision: looked at again"),
        "decision.seconded": _("Decision: a second person agreed"),
        "decision.undone": _("Decision: undone"),
        "duty.added": _("Duty: added"),
        "duty.dropped": _("Duty: dropped"),
        "duty.taken_over": _("Duty: taken over by the reserve"),
        "entries.handed_over": _("Directory: entries handed over"),
        "entries.imported": _("Directory: entries imported"),
        "entry.assured": _("Directory: entry assured"),
        "entry.changed": _("Directory: entry changed"),
        "entry.created": _("Directory: entry made"),
        "entry.problem_settled": _("Directory: problem settled"),
        "entry.question_answered": _("Directory: question answered"),
        "entry.question_dropped": _("Directory: question dropped"),
        "entry.withdrawn": _("Directory: entry withdrawn"),
        "expert.caseload_limited": _("Peer expert: limit of members set"),
        "expert.paused": _("Peer expert: paused"),
        "expert.unpaused": _("Peer expert: no longer paused"),
        "group.changed": _("Group: settings changed"),
        "held.released": _("Held message: posted"),
        "held.returned": _("Held message: given back"),
        "helpline.confirmed": _("Helpline: tried and confirmed"),
        "inviter.paused": _("Invites: somebody's invites paused"),
        "inviter.reviewed": _("Invites: somebody may invite again"),
        "keys.rewrapped": _("Keys: wrapped anew"),
        "match.wait_told": _("Matching: an organisation told that somebody waits"),
        "moderator.debriefed": _("Moderator: talked with after a hard shift"),
        "organisation.changed": _("Organisation: changed"),
        "organisation.closed": _("Organisation: closed"),
        "organisation.coordinators_named": _("Organisation: coordinators named"),
        "recovery.confirmed": _("Recovery: a helper confirmed"),
        "recovery.ended": _("Recovery: stopped"),
        "referral.accepted": _("Referral: accepted"),
        "referral.returned": _("Referral: returned"),
        "role.ended": _("Role: ended"),
        "role.given": _("Role: given"),
        "session.opened": _("Session of staff: opened"),
        "session.revoked": _("Session of staff: ended"),
        "staff.codes_renewed": _("Sign-in: new recovery codes"),
        "staff.confirmed": _("Sign-in: second factor shown again"),
        "staff.enrolled": _("Sign-in: enrolled"),
        "staff.enrolment_made": _("Sign-in: enrolment code made"),
        "staff.factor_failed": _("Sign-in: wrong second factor"),
        "staff.key_added": _("Sign-in: security key added"),
        "staff.passphrase_changed": _("Sign-in: passphrase changed"),
        "staff.signed_in": _("Sign-in: signed in"),
        "staff.signed_out": _("Sign-in: signed out"),
        "vault.opened": _("Sealed words: opened"),
        "vetting.asked": _("Vetting: begun"),
        "vetting.dropped": _("Vetting: dropped"),
        "vetting.signed": _("Vetting: signed"),
        "way_back.greeted": _("Way back: greeted after a silence"),
    }
)
WHO: Names = MappingProxyType(
    {
        Role.Kind.AUDITOR: _("an auditor"),
        Role.Kind.COORDINATOR: _("a coordinator"),
        Role.Kind.MODERATOR: _("a moderator"),
        Role.Kind.PEER_EXPERT: _("a peer expert"),
        Role.Kind.SECOND_APPROVER: _("a second approver"),
        SERVER: _("the server or its operator"),
        MEMBER: _("a member"),
        GONE: _("somebody who is gone"),
    }
)
