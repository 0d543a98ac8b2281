"""What makes a record acceptable: pure functions over a record and what came before it."""
