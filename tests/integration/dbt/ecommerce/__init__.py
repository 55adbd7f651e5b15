"""One warehouse with the published orders, which no test in this folder changes."""
