"""The service: HTTP and web pages over the workflows of `ledger`."""
