"""dlt with its fastest way into Postgres: the file is imported as it is, into typed columns."""

from __future__ import annotations

import sys

import dlt

from benchmarks.load.clients.work import work

# The columns are named as in the file's header, so that it need not be rewritten.
dlt.config["schema.naming"] = "direct"

file, url, folder = sys.argv[1:4]

TEXTS = ("Segment", "Country", "Product", "Discount Band", "Month Name")
WHOLE = ("Month Number", "Year")


def hint(name: str) -> dict:
    """The type of a column, by its name in the header."""
    if name in TEXTS:
        return {"name": name, "data_type": "text", "nullable": False}
    if name in WHOLE:
        return {"name": name, "data_type": "bigint", "precision": 32, "nullable": False}
    if name == "Date":
        return {"name": name, "data_type": "date", "nullable": False}
    scale = 2 if name == "Units Sold" else 4
    return {"name": name, "data_type": "decimal", "precision": 18, "scale": scale, "nullable": False}


with work():
    with open(file, encoding="utf-8") as lines:  # noqa: PTH123
        header = next(lines).rstrip("\n").split(",")

    @dlt.resource(name="peer", columns=[hint(name) for name in header], file_format="csv")
    def rows():
        """The file."""
        yield dlt.mark.with_file_import(file, "csv")

    pipeline = dlt.pipeline(
        "peer", pipelines_dir=folder, destination=dlt.destinations.postgres(url), dataset_name="public"
    )
    pipeline.run(rows()).raise_on_failed_jobs()
