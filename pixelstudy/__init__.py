"""pixelstudy: what a message would load when opened, resource by resource, and why.

Examples
--------
>>> import pixelstudy as ps
>>> study = ps.open_study("released")
>>> ps.prevalence(study, by="kind")[["kind", "n", "n_with"]].head(2)
         kind   n  n_with
0   automatic   ...
1        list   ...
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pixelstudy.errors import UserError

if TYPE_CHECKING:
    from typing import Any

    from pixelstudy import corpora, measure
    from pixelstudy.extraction.run import extract
    from pixelstudy.figures import charts
    from pixelstudy.reporting.compare import compare
    from pixelstudy.reporting.explain import explain
    from pixelstudy.study import chooser, sentences
    from pixelstudy.study.demo import Demo
    from pixelstudy.study.questions import definitions, prevalence, report, vendors
    from pixelstudy.study.study import Study, open_study, read_tables

__all__ = [
    "Demo",
    "Study",
    "UserError",
    "charts",
    "chooser",
    "compare",
    "corpora",
    "definitions",
    "explain",
    "extract",
    "measure",
    "open_study",
    "prevalence",
    "read_tables",
    "report",
    "sentences",
    "vendors",
]

__version__ = "0.2.0"

_MODULES = {
    "sentences": "pixelstudy.study.sentences",
    "charts": "pixelstudy.figures.charts",
    "chooser": "pixelstudy.study.chooser",
    "corpora": "pixelstudy.corpora",
    "measure": "pixelstudy.measure",
}
_HOMES = {
    "Demo": "pixelstudy.study.demo",
    "Study": "pixelstudy.study.study",
    "compare": "pixelstudy.reporting.compare",
    "definitions": "pixelstudy.study.questions",
    "explain": "pixelstudy.reporting.explain",
    "extract": "pixelstudy.extraction.run",
    "open_study": "pixelstudy.study.study",
    "prevalence": "pixelstudy.study.questions",
    "read_tables": "pixelstudy.study.study",
    "report": "pixelstudy.study.questions",
    "vendors": "pixelstudy.study.questions",
}

if not TYPE_CHECKING:  # type checkers read the imports above

    def __getattr__(name: str) -> Any:
        """Return a public name, imported on first use, so that ``import pixelstudy`` stays cheap."""
        if name in _MODULES:
            found = import_module(_MODULES[name])
        elif name in _HOMES:
            found = getattr(import_module(_HOMES[name]), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
