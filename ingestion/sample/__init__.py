"""Makes sample files of every source: an invented business, in the form that the real files have.

Also the exports of made-up companies, for which there are no contracts.

The same arguments give the same bytes.
"""

from ingestion.sample.companies import COMPANIES, write_company
from ingestion.sample.period import MONTHS, last_complete_month
from ingestion.sample.sales import ROWS, SEED, sample_path
from ingestion.sample.write import write_sample_file, write_sample_files

__all__ = [
    "COMPANIES",
    "MONTHS",
    "ROWS",
    "SEED",
    "last_complete_month",
    "sample_path",
    "write_company",
    "write_sample_file",
    "write_sample_files",
]
