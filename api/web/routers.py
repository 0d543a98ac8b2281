"""Every router of pages, in one list: they are served, and a test holds the authorization matrix to them."""

from fastapi import APIRouter

from api.web import labels, signing_in, static_files
from api.web.auditor import chain, overview
from api.web.org import routers as org
from api.web.pictures import page as pictures
from api.web.producer import importing, signing
from api.web.public import landing, reference, reports, search, single, status, verify

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    static_files.router,
    signing_in.router,
    landing.router,
    reports.router,
    verify.router,
    single.router,
    search.router,
    status.router,
    reference.router,
    pictures.router,
    labels.router,
    importing.router,
    signing.router,
    *org.ROUTERS,
    overview.router,
    chain.router,
)
