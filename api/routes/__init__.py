"""Routes: each reads a request, calls one workflow and shapes the answer."""
