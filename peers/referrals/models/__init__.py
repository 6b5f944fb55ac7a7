from peers.referrals.models.referral import Referral

__all__ = ["Referral"]
