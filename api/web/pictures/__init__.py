"""Pages with pictures of a batch; each picture has its table beside it."""
