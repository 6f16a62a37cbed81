"""Every rule kind, in the order in which they may explain a difference: the most specific first.

To add a kind: write its module, then name it here. CONTRIBUTING.md has a worked example.
"""

from typing import Any

from rulebook.kinds.add_on import AddOn
from rulebook.kinds.base import Contrast, Kind, Match, Specimen
from rulebook.kinds.billable import Billable
from rulebook.kinds.code_first import CodeFirst
from rulebook.kinds.diagnosis import Diagnosis
from rulebook.kinds.distinct import Distinct
from rulebook.kinds.documentation import Documentation
from rulebook.kinds.each_additional import EachAdditional
from rulebook.kinds.excludes import Excludes
from rulebook.kinds.global_period import GlobalPeriod
from rulebook.kinds.laterality import Laterality
from rulebook.kinds.missed_service import MissedService
from rulebook.kinds.modifier import Modifier
from rulebook.kinds.mue import Mue
from rulebook.kinds.not_with import NotWith
from rulebook.kinds.patient import PatientLimits
from rulebook.kinds.ptp_edit import PtpEdit
from rulebook.kinds.redirect import Redirect
from rulebook.kinds.selection import Selection
from rulebook.kinds.separate_procedure import SeparateProcedure
from rulebook.kinds.sequencing import Sequencing
from rulebook.kinds.seventh_character import SeventhCharacter
from rulebook.kinds.units import Units
from rulebook.kinds.use_additional import UseAdditional
from rulebook.kinds.validity import Validity

KINDS: tuple[Kind[Any], ...] = (
    Validity(),
    PatientLimits(),
    NotWith(),
    GlobalPeriod(),
    SeparateProcedure(),
    PtpEdit(),
    AddOn(),
    EachAdditional(),
    Redirect(),
    Selection(),
    MissedService(),
    Units(),
    Mue(),
    Distinct(),
    Modifier(),
    CodeFirst(),
    UseAdditional(),
    SeventhCharacter(),
    Laterality(),
    Excludes(),
    Billable(),
    Diagnosis(),
    Sequencing(),
    Documentation(),
)

KIND: dict[str, Kind[Any]] = {kind.id: kind for kind in KINDS}

__all__ = ["KIND", "KINDS", "Contrast", "Kind", "Match", "Specimen"]
