"""The built web UI and the documentation page, as files. What they may load is only ours."""

from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

CSP: Final = (
    "default-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_EACH_TIME: Final = "no-cache"
HASHED_DIR: Final = "assets"
"""Files below it carry a hash of their content in their name."""
_OWN_DIR: Final = Path(__file__).parent / "static"
_DOCS_FILES: Final = {
    "/docs": "docs.html",
    "/docs/": "docs.html",
    "/docs/docs.js": "docs.js",
    "/docs/docs.css": "docs.css",
}


class WebUi:
    """Serves ``static_dir``; without a built UI there, a page that says so."""

    def __init__(self, static_dir: Path) -> None:
        self._root = static_dir.resolve()

    def serve(self, request: web.Request) -> web.StreamResponse:
        """Return the file of the path, or the UI's page: its routes live in the browser."""
        index = self._root / "index.html"
        if not index.is_file():
            return _page(_OWN_DIR / "not-built.html", ASK_EACH_TIME)
        wanted = self._file(request.path)
        if wanted is None:
            if request.path.startswith(f"/{HASHED_DIR}/"):
                raise web.HTTPNotFound
            return _page(index, ASK_EACH_TIME)
        hashed = wanted.is_relative_to(self._root / HASHED_DIR)
        return _page(wanted, FOR_EVER if hashed else ASK_EACH_TIME)

    def add_docs_routes(self, app: web.Application) -> None:
        """Serve the documentation page from ``app``."""
        for path in _DOCS_FILES:
            app.router.add_get(path, self._docs)

    async def _docs(self, request: web.Request) -> web.StreamResponse:
        return _page(_OWN_DIR / _DOCS_FILES[request.path], ASK_EACH_TIME)

    def _file(self, path: str) -> Path | None:
        """Return the file below the root that ``path`` names, None if there is none."""
        if "\0" in path:
            return None
        wanted = (self._root / path.lstrip("/")).resolve()
        return wanted if wanted.is_relative_to(self._root) and wanted.is_file() else None


def _page(path: Path, cache: str) -> web.FileResponse:
    return web.FileResponse(path, headers=HEADERS | {hdrs.CACHE_CONTROL: cache})
