"""Files in, typed and accounted-for rows out: contracts, readers, checks and the load ledger."""
