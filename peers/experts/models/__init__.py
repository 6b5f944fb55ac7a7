from peers.experts.models.checklist import Checklist
from peers.experts.models.expert import Expert
from peers.experts.models.vetting import Vetting

__all__ = ["Checklist", "Expert", "Vetting"]
