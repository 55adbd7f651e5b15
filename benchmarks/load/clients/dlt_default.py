"""dlt with its own CSV reader and its default way into Postgres."""

from __future__ import annotations

import sys
from pathlib import Path

import dlt
import pandas  # noqa: F401 - the reader would import it within the work
from dlt.sources.filesystem import readers

from benchmarks.load.clients.work import work

file, url, folder = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

with work():
    pipeline = dlt.pipeline(
        "peer", pipelines_dir=folder, destination=dlt.destinations.postgres(url), dataset_name="public"
    )
    rows = readers(bucket_url=file.parent.as_uri(), file_glob=file.name).read_csv().with_name("peer")
    pipeline.run(rows).raise_on_failed_jobs()
