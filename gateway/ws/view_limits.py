"""How many views of books one address reads: each is worked out by itself, for whoever reads it."""

from collections import Counter, defaultdict
from typing import Final

from gateway.errors import ApiError
from gateway.ws.book_channels import BookTopic
from service.client_addresses import limited_as

VIEWS_PER_ADDRESS_MAX: Final = 64
"""Different ones, over all of its connections: a quarter of what a gateway has for everybody."""


class ViewLimits:
    """By address: which views it reads, and on how many connections each."""

    def __init__(self) -> None:
        self._read: defaultdict[str, Counter[BookTopic]] = defaultdict(Counter)

    def admit(self, ip: str, topic: BookTopic) -> None:
        """Return if an address may read a view as well.

        Raises:
            ApiError: 429, it reads as many others.
        """
        read = self._read.get(limited_as(ip), Counter[BookTopic]())
        if topic.option.is_view and topic not in read and len(read) >= VIEWS_PER_ADDRESS_MAX:
            text = f"an address reads at most {VIEWS_PER_ADDRESS_MAX} views of books: end one first"
            raise ApiError(429, "TOO_MANY_VIEWS", text, retry_after_s=5)

    def begun(self, ip: str, topic: object) -> None:
        """A connection reads a topic from here on."""
        if isinstance(topic, BookTopic) and topic.option.is_view:
            self._read[limited_as(ip)][topic] += 1

    def ended(self, ip: str, topic: object) -> None:
        """A connection that read a topic does not any more."""
        name = limited_as(ip)
        if not isinstance(topic, BookTopic) or topic not in self._read.get(name, {}):
            return
        read = self._read[name]
        read[topic] -= 1
        if not read[topic]:
            del read[topic]
        if not read:
            del self._read[name]
