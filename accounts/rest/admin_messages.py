"""What operators ask. Amounts and prices are decimal text: people read and write them."""

from typing import Annotated

from msgspec import Meta

from accounts.admin.acts import Act
from accounts.rest.messages import Id, Request


class ActRequest(Request):
    """POST /internal/admin/acts. ``user_id`` None: at the command line, by whoever ``name`` is."""

    act: Act
    name: Annotated[str, Meta(min_length=1, max_length=254)]
    user_id: Id | None = None
    ip: Annotated[str, Meta(max_length=64)] = ""
    reason: Annotated[str, Meta(max_length=256)] = ""
