"""Column lineage: what each column of each model is made of, back to the sources."""
