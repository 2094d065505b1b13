"""The web UI's types are made of the gateway's OpenAPI document: its copy must be the same."""

import json
from pathlib import Path

from gateway import openapi
from gateway.rest.table import ROUTES

COPY = Path(__file__).parents[2] / "frontend/src/api/generated/openapi.json"


def test_the_web_ui_knows_the_api_as_it_is() -> None:
    copy = json.loads(COPY.read_text())
    assert copy == json.loads(json.dumps(openapi.document(ROUTES, copy["info"]["version"]))), (
        "write the gateway's /api/v1/openapi.json there, then `npm run generate` in frontend/"
    )
