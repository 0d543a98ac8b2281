"""Pictures of a chain as SVG: values in, text out; the same input gives the same bytes."""
