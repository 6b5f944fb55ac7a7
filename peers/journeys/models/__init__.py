from peers.journeys.models.line import Entry, Goal, Line

__all__ = ["Entry", "Goal", "Line"]
