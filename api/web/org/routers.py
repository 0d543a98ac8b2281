"""Every router of an organization's pages."""

from fastapi import APIRouter

from api.web.org import batch, batches, overview, records, recycled, reports, tokens, transfers

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    batches.router,
    batch.router,
    transfers.router,
    records.router,
    reports.router,
    recycled.router,
    tokens.router,
)
