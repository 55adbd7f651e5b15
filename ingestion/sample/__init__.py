"""Makes sample files of every source: an invented business, in the form that the real files have.

The same arguments give the same bytes.
"""

from ingestion.sample.everything import write_sample_file, write_sample_files
from ingestion.sample.period import MONTHS, last_complete_month
from ingestion.sample.sales import ROWS, SEED, sample_path

__all__ = [
    "MONTHS",
    "ROWS",
    "SEED",
    "last_complete_month",
    "sample_path",
    "write_sample_file",
    "write_sample_files",
]
