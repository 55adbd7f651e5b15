"""`python -m tradewind.report`: send the report now, or look at it with `--preview FILE.html`."""

from __future__ import annotations

import argparse
import logging
import smtplib
import sys
from pathlib import Path

from tradewind.mail_server import OptionsError
from tradewind.report.cards import UnknownDashboard, read_dashboard
from tradewind.report.figures import NoFigures, gather
from tradewind.report.mail import Refused
from tradewind.report.options import Options
from tradewind.report.page import html
from tradewind.report.sending import NothingToSend, send
from tradewind.settings import Settings


def main(arguments: list[str]) -> int:
    """Run; exit code 1 with the reason where no mail went out."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.report", description=__doc__)
    parser.add_argument(
        "--preview", type=Path, help="write the mail's page, without the picture; send nothing"
    )
    parser.add_argument("--again", action="store_true", help="send although today's report went out")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    settings = Settings.load()
    try:
        if options.preview:
            chosen = Options.read(settings)
            report = gather(read_dashboard(chosen.dashboard), settings)
            options.preview.write_text(html(report, chosen.link), "utf-8")
            print(options.preview)
        else:
            send(settings, again=options.again)
    except (
        *(NothingToSend, NoFigures, OptionsError, UnknownDashboard, Refused),
        *(smtplib.SMTPException, OSError),
    ) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
