"""Makes the programs of `superset/` importable: they are scripts, and no package may be called `superset`."""

import sys

from tradewind.settings import ROOT

sys.path += [str(ROOT / "superset"), str(ROOT / "superset" / "config")]
