from backend.core.accounts.models.account import Account
from backend.core.accounts.models.consent import Consent
from backend.core.accounts.models.duty import Duty
from backend.core.accounts.models.invite import Invite, InvitePause, Vouch
from backend.core.accounts.models.organisation import Organisation
from backend.core.accounts.models.recovery import Confirmation, Recovery, RecoveryHelper
from backend.core.accounts.models.region import Region
from backend.core.accounts.models.role import Role
from backend.core.accounts.models.session import Session
from backend.core.accounts.models.ticket import Ticket

__all__ = [
    "Account",
    "Confirmation",
    "Consent",
    "Duty",
    "Invite",
    "InvitePause",
    "Organisation",
    "Recovery",
    "RecoveryHelper",
    "Region",
    "Role",
    "Session",
    "Ticket",
    "Vouch",
]
