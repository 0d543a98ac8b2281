"""Pages of a producer: spreadsheets in, and signing in the browser with a key that never leaves it."""
