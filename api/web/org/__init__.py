"""Pages of an organization that has signed in: what is its own, under /o."""
