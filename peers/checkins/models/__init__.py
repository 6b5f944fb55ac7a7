from peers.checkins.models.checkin import Checkin, Share
from peers.checkins.models.plan import CaringMessage, CaringSignature, Plan, WayBack
from peers.checkins.models.request import ContactRequest, RequestStep
from peers.checkins.models.safety import SafetyPlan

__all__ = [
    "CaringMessage",
    "CaringSignature",
    "Checkin",
    "ContactRequest",
    "Plan",
    "RequestStep",
    "SafetyPlan",
    "Share",
    "WayBack",
]
