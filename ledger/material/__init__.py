"""The physical story: routes, batches, balances. Pure arithmetic on integers."""
