from peers.profiles.models.profile import Profile

__all__ = ["Profile"]
