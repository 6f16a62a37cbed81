"""Every kind of public file, in the order in which a file is held against them."""

from datasets.kinds.addons import AddOns
from datasets.kinds.base import Edition, Kind
from datasets.kinds.descriptors import Descriptors
from datasets.kinds.hcpcs import Hcpcs
from datasets.kinds.icd10 import Order, Tabular
from datasets.kinds.mue import Mue
from datasets.kinds.ptp import Ptp
from datasets.kinds.rvu import Rvu

KINDS: tuple[Kind, ...] = (Ptp(), Mue(), AddOns(), Rvu(), Hcpcs(), Order(), Tabular(), Descriptors())
KIND = {kind.id: kind for kind in KINDS}

__all__ = ["KIND", "KINDS", "Edition", "Kind"]
