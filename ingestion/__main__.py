"""Command line of the loader: `python -m ingestion VERB`, with the verbs of `ingestion/commands/`."""

import sys

from ingestion.cli import main

if __name__ == "__main__":
    sys.exit(main())
