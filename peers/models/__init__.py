from peers.models.profile import Profile

__all__ = ["Profile"]
