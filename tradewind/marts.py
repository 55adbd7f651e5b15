"""Published marts for notebooks and scripts."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import MetaData, Table, create_engine, select

from tradewind.settings import Settings


def mart(name: str, settings: Settings | None = None) -> pd.DataFrame:
    """A mart as a frame, read as the role `reporter`; amounts are exact decimals.

    Args:
        name: for example `mart_sales_monthly`.

    Raises:
        sqlalchemy.exc.NoSuchTableError: there is no such mart.
    """
    settings = settings or Settings.load()
    engine = create_engine(settings.role_url("reporter").set(drivername="postgresql+psycopg"))
    try:
        table = Table(name, MetaData(schema="marts"), autoload_with=engine)
        return pd.read_sql(select(table), engine, coerce_float=False)
    finally:
        engine.dispose()
