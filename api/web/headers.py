"""The headers that every page carries: nothing comes from elsewhere, nothing runs that is not a file of ours.

No `unsafe-inline`: templates hold no script, no style and no `style` attribute. `Referrer-Policy` is `same-origin`: no
other site is told anything, and a form that is sent still carries its origin, which `no-referrer` would make `null`.
"""

from collections.abc import Mapping

__all__ = ["PAGE_HEADERS", "STATIC_HEADERS"]

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
_UNUSED = "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi payment usb".split()

STATIC_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
}
"""Of static files; a worker made of one follows the policy that came with it."""

PAGE_HEADERS: Mapping[str, str] = {
    **STATIC_HEADERS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "Cache-Control": "no-store",
}
"""Of every page."""
