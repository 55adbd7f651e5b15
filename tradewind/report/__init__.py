"""A dashboard's figures by e-mail: the same metrics as on its cards, and its picture."""
