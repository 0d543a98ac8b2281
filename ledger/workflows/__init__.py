"""The use cases, one a file: each can be read from top to bottom as the road that it is."""
