from moderation.models.agreement import Agreement
from moderation.models.appeal import Appeal, AppealLine
from moderation.models.aside import Aside, LongerHold
from moderation.models.care import CareAsk, CareLine, CareLook, CareTalk, CareWish
from moderation.models.case import Case, CaseHold, CaseNote
from moderation.models.decision import Decision, Measure
from moderation.models.evidence import Evidence, Exhibit
from moderation.models.load import Debrief, Declined, Exposure
from moderation.models.notice import Notice
from moderation.models.report import Report, ReportLine, ReportSource
from moderation.models.watch import Watch

__all__ = [
    "Agreement",
    "Appeal",
    "AppealLine",
    "Aside",
    "CareAsk",
    "CareLine",
    "CareLook",
    "CareTalk",
    "CareWish",
    "Case",
    "CaseHold",
    "CaseNote",
    "Debrief",
    "Decision",
    "Declined",
    "Evidence",
    "Exhibit",
    "Exposure",
    "LongerHold",
    "Measure",
    "Notice",
    "Report",
    "ReportLine",
    "ReportSource",
    "Watch",
]
