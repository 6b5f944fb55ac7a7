from messaging.models.admission import AdmissionRequest
from messaging.models.block import Block
from messaging.models.conversation import Conversation, DirectTalk, Group, Introduction
from messaging.models.held import HeldMessage
from messaging.models.membership import Membership, SlowMode
from messaging.models.message import Message, MessageVersion, Reaction

__all__ = [
    "AdmissionRequest",
    "Block",
    "Conversation",
    "DirectTalk",
    "Group",
    "HeldMessage",
    "Introduction",
    "Membership",
    "Message",
    "MessageVersion",
    "Reaction",
    "SlowMode",
]
