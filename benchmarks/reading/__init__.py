"""How well `parse` reads damaged text files: made and scored as the Pollock benchmark does."""
