"""The routes, a module per subject. Each has a `router`, whose paths are complete."""

from api.routes import duplicates, me, pictures, review, search, uploads

__all__ = ["ROUTERS"]

ROUTERS = (
    *(me.router, uploads.router, pictures.router),
    *(search.router, duplicates.router, review.router),
)
