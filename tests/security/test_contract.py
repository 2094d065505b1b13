"""Requests made of the OpenAPI document, right and wrong ones: no server error, and no answer that
the document does not foresee. `openbell fuzz-api` makes as many as one wants.
"""

import pytest

from tests.fuzz.api import log_in, one_round
from tests.integration.gateway.venue import Venue

SECONDS = 20
PASSWORD = "openbell-demo"


@pytest.mark.timeout(180)
def test_every_answer_is_one_that_the_document_foresees(venue: Venue) -> None:
    token = log_in(venue.gateway_url, "demo@openbell.local", PASSWORD)
    done = one_round(venue.gateway_url, token, 1, "--max-time", str(SECONDS))
    assert not done.failed, done.said
    assert done.cases > 100
