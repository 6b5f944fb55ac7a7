from peers.directory.models.entry import Edition, Entry
from peers.directory.models.gap import Gap
from peers.directory.models.helpline import Helpline
from peers.directory.models.letters import Problem, Question

__all__ = ["Edition", "Entry", "Gap", "Helpline", "Problem", "Question"]
