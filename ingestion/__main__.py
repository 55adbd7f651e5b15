"""Command line of the loader: `python -m ingestion load|status|rejected|sample|sources`."""

import sys

from ingestion.cli import main

if __name__ == "__main__":
    sys.exit(main())
