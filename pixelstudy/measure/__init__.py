"""From tables to shares: definitions, intervals, comparisons, and how right the verdicts are.

Examples
--------
>>> import pixelstudy as ps
>>> low, high = ps.measure.wilson(9, 10)
>>> round(low, 2), round(high, 2)
(0.6, 0.98)
"""

from pixelstudy.measure import answers
from pixelstudy.measure.accuracy import (
    FEWEST_TO_CORRECT,
    cohen_kappa,
    confusion,
    detection_rates,
    precision_recall_by,
    rates_at_sight,
    readable,
    rogan_gladen,
)
from pixelstudy.measure.comparisons import agreement, by_definition, inbox_shares, share_of, two_thirds_needs
from pixelstudy.measure.definitions import DEFINITIONS, GROUPS, HEADLINE, find_definition
from pixelstudy.measure.intervals import wilson
from pixelstudy.measure.prevalence import LOOKALIKE, UNKNOWN, standardise, vendor_shares
from pixelstudy.measure.reach import KINDS_OF_VENDOR, reach, vendors_by_sender, vendors_by_year
from pixelstudy.measure.sensitivity import (
    ABLATION,
    by_setting,
    evidence_shares,
    moves,
    moves_in_words,
    share_without,
    verdicts_by,
)
from pixelstudy.measure.shares import Rules, percent
from pixelstudy.measure.turnover import busiest_sender, by_sender_and_year, first_and_last, stayed, who_writes

__all__ = [
    "ABLATION",
    "DEFINITIONS",
    "FEWEST_TO_CORRECT",
    "GROUPS",
    "HEADLINE",
    "KINDS_OF_VENDOR",
    "LOOKALIKE",
    "UNKNOWN",
    "Rules",
    "agreement",
    "answers",
    "busiest_sender",
    "by_definition",
    "by_sender_and_year",
    "by_setting",
    "cohen_kappa",
    "confusion",
    "detection_rates",
    "evidence_shares",
    "find_definition",
    "first_and_last",
    "inbox_shares",
    "moves",
    "moves_in_words",
    "percent",
    "precision_recall_by",
    "rates_at_sight",
    "reach",
    "readable",
    "rogan_gladen",
    "share_of",
    "share_without",
    "standardise",
    "stayed",
    "two_thirds_needs",
    "vendor_shares",
    "vendors_by_sender",
    "vendors_by_year",
    "verdicts_by",
    "who_writes",
    "wilson",
]
