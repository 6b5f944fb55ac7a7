from backend.core.push.models.delivery import Cursor, Delivery, Wish
from backend.core.push.models.device import Device
from backend.core.push.models.notifications import Notifications

__all__ = ["Cursor", "Delivery", "Device", "Notifications", "Wish"]
