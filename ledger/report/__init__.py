"""Judgements over routes, and the reports that state them. Pure: values in, values out."""
