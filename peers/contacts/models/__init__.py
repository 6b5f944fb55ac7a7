from peers.contacts.models.change import Change
from peers.contacts.models.contact import Contact, Promise
from peers.contacts.models.handover import Handover

__all__ = ["Change", "Contact", "Handover", "Promise"]
