"""How well `parse` reads damaged text files, generated and scored as in the Pollock benchmark."""
