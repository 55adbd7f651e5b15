"""One warehouse of the published orders, which no test of this folder changes."""
