"""Makes sample files of every source: an invented business, in the form that the real files have.

The same arguments give the same bytes.
"""

from ingestion.sample.period import MONTHS, last_complete_month
from ingestion.sample.sales import ROWS, SEED, sample_path
from ingestion.sample.write import write_sample_file, write_sample_files

__all__ = [
    "MONTHS",
    "ROWS",
    "SEED",
    "last_complete_month",
    "sample_path",
    "write_sample_file",
    "write_sample_files",
]
