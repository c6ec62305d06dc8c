"""The routes, a module per subject. Each has a `router`, whose paths are complete."""

from api.routes import me

__all__ = ["ROUTERS"]

ROUTERS = (me.router,)
