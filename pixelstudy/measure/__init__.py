"""From tables to shares: definitions, intervals, comparisons, and how right the verdicts are.

Examples
--------
>>> import pixelstudy as ps
>>> low, high = ps.measure.wilson(9, 10)
>>> round(low, 2), round(high, 2)
(0.6, 0.98)
"""

from pixelstudy.measure.accuracy import (
    cohen_kappa,
    confusion,
    detection_rates,
    lowest_recall,
    precision_recall_by,
    rogan_gladen,
)
from pixelstudy.measure.comparisons import agreement, by_definition, inbox_shares, share_of, two_thirds_needs
from pixelstudy.measure.definitions import DEFINITIONS, GROUPS, HEADLINE, find_definition
from pixelstudy.measure.intervals import wilson
from pixelstudy.measure.prevalence import LOOKALIKE, UNKNOWN, standardise, vendor_shares
from pixelstudy.measure.shares import Rules, percent

__all__ = [
    "DEFINITIONS",
    "GROUPS",
    "HEADLINE",
    "LOOKALIKE",
    "UNKNOWN",
    "Rules",
    "agreement",
    "by_definition",
    "cohen_kappa",
    "confusion",
    "detection_rates",
    "find_definition",
    "inbox_shares",
    "lowest_recall",
    "percent",
    "precision_recall_by",
    "rogan_gladen",
    "share_of",
    "standardise",
    "two_thirds_needs",
    "vendor_shares",
    "wilson",
]
