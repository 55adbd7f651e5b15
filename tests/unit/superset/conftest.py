"""Makes the programs of `superset/` importable: they are scripts, and no package may be called `superset`."""

import sys

from tradewind.settings import ROOT

sys.path.append(str(ROOT / "superset"))
