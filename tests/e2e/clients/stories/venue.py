"""Where the exchange is and who trades on it, as the test hands it to a story.

A story runs in the environment of its client, where nothing of this project is installed.
"""

import json
import sys
from typing import Any

FACTS: dict[str, Any] = json.loads(sys.argv[1])
BASE: str = FACTS["url"]
WS: str = BASE.replace("http", "ws", 1)
(KEY, SECRET), (OTHER_KEY, OTHER_SECRET) = FACTS["keys"]
"""Two customers: whose story it is, and whom they trade with."""


def near(found: Any, wanted: Any) -> bool:
    """Whether two numbers are the same but for the last digits of a double."""
    return abs(float(found) - float(wanted)) <= 1e-9 * max(1.0, abs(float(wanted)))
