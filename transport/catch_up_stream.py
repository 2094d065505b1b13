"""Catch-up over TCP, both ends, pure: one HELLO, one WELCOME, then every event from the one asked
for on, and a HEARTBEAT now and then while there are none.

Frames are datagrams that may be longer, each behind its length. The session id is made for one
connection and has nothing to do with a session of commands.
"""

from schemas import framing, session_layouts
from schemas.errors import Malformed, NotAuthentic
from schemas.framing import EVENTS_PER_FRAME_MAX, Header, MessageType
from schemas.layouts import EVENT_BYTES
from schemas.session_layouts import (
    MINOR,
    VERSIONS,
    Hello,
    SessionReject,
    SessionRejectCode,
    Welcome,
    agreed_version,
)
from transport.errors import LeaderChanged, ReaderAhead, StreamBroken
from transport.keys import MasterKey, SessionKeys, as_key_ring, derive_keys
from transport.stream_frames import with_prefix


class NoCommonVersion(Malformed):
    """The reader speaks no version that is spoken here; ``frame`` tells it so."""

    def __init__(self, hello: Hello, frame: bytes) -> None:
        super().__init__(
            "no common version of the protocol: the reader speaks "
            f"{hello.version_min} to {hello.version_max}, the engine {VERSIONS[0]} to {VERSIONS[1]}"
        )
        self.frame = frame


def _refusal(asked: Header, keys: SessionKeys, epoch: int, shard: int) -> bytes:
    header = Header(
        MessageType.REJECT, asked.session_id, epoch=epoch, shard=shard, key_id=asked.key_id
    )
    lowest, highest = VERSIONS
    reject = SessionReject(SessionRejectCode.VERSION, lowest << 8 | highest)
    structs = session_layouts.encode_session_reject(reject)
    return with_prefix(framing.seal_frame(header, structs, keys.to_client))


class CatchUpServer:
    """The engine's end of one connection. Everything returned carries its length prefix."""

    def __init__(
        self,
        hello_header: Header,
        hello_keys: SessionKeys,
        keys: SessionKeys,
        welcome: Welcome,
        epoch: int,
        shard: int,
    ) -> None:
        self.key_id = hello_header.key_id
        """The master key that the connection is sealed under, to its end."""
        self._session_id = hello_header.session_id
        self._hello_keys = hello_keys
        self._keys = keys
        self._welcome = welcome
        self._epoch = epoch
        self._shard = shard

    @classmethod
    def open(
        cls,
        frame: bytes,
        *,
        master_key: MasterKey,
        nonce: int,
        next_event_seq: int,
        epoch: int = 1,
        shard: int = 0,
    ) -> tuple["CatchUpServer", int]:
        """Return the stream that the client's first frame asks for, and its first event wanted.

        ``nonce``: 64 random bits, not 0. ``next_event_seq``: first event not yet released.

        Raises:
            NotAuthentic: close the connection without a word.
            NoCommonVersion: write its frame and close.
            Malformed: not a HELLO that asks for events.
        """
        ring = as_key_ring(master_key)

        def key_of(_type: MessageType, session_id: int, key_id: int) -> bytes | None:
            keys = ring.session_keys(key_id, session_id, 0)
            return keys.to_engine if keys else None

        header, structs = framing.open_frame(frame, key_of)
        if header.type is not MessageType.HELLO:
            raise Malformed("a catch-up begins with HELLO")
        hello = session_layouts.decode_hello(structs)
        if not hello.from_event_seq:
            raise Malformed("no event asked for")
        early, late = (ring.session_keys(header.key_id, header.session_id, n) for n in (0, nonce))
        assert early is not None and late is not None, "the HELLO was sealed under it"
        version = agreed_version(VERSIONS, hello)
        if version is None:
            raise NoCommonVersion(hello, _refusal(header, early, epoch, shard))
        welcome = Welcome(version, MINOR, nonce, next_event_seq, 0)
        return cls(header, early, late, welcome, epoch, shard), hello.from_event_seq

    def welcome(self) -> bytes:
        """Return the first frame to write."""
        structs = session_layouts.encode_welcome(self._welcome)
        return self._frame(MessageType.WELCOME, 0, structs, self._hello_keys)

    def events(self, first_seq: int, events: bytes) -> bytes:
        """Return frames with ``events`` (n x 128 bytes, n ≥ 1), numbered from ``first_seq``."""
        part_bytes = EVENTS_PER_FRAME_MAX * EVENT_BYTES
        return b"".join(
            self._frame(
                MessageType.EVENTS,
                first_seq + at // EVENT_BYTES,
                events[at : at + part_bytes],
                self._keys,
            )
            for at in range(0, len(events), part_bytes)
        )

    def heartbeat(self, next_event_seq: int) -> bytes:
        """Return a frame that says which event will be next."""
        return self._frame(MessageType.HEARTBEAT, next_event_seq, b"", self._keys)

    def _frame(self, type_: MessageType, seq: int, structs: bytes, keys: SessionKeys) -> bytes:
        header = Header(
            type_, self._session_id, seq, epoch=self._epoch, shard=self._shard, key_id=self.key_id
        )
        return with_prefix(framing.seal_frame(header, structs, keys.to_client))


class CatchUpClient:
    """A reader's end of one connection: checks that nothing is missing, repeated or forged."""

    def __init__(
        self,
        *,
        master_key: MasterKey,
        session_id: int,
        client_id: int,
        from_event_seq: int,
        epoch: int = 0,
    ) -> None:
        self.epoch = epoch
        """The highest heard of, here or on an earlier connection."""
        self.next_seq = from_event_seq
        """First event not received yet."""
        self.released_seq = 0
        """Last event the engine had released when it last said so; 0: it said nothing yet."""
        self._key_id, self._master_key = as_key_ring(master_key).sealing_key
        self._session_id = session_id
        self._client_id = client_id
        self._key = derive_keys(self._master_key, session_id, 0).to_client
        self._welcomed = False

    def hello(self) -> bytes:
        """Return the first bytes to write."""
        hello = Hello(*VERSIONS, MINOR, self._client_id, self.next_seq)
        key = derive_keys(self._master_key, self._session_id, 0).to_engine
        header = Header(MessageType.HELLO, self._session_id, key_id=self._key_id)
        structs = session_layouts.encode_hello(hello)
        return with_prefix(framing.seal_frame(header, structs, key))

    def receive(self, frame: bytes) -> tuple[int, bytes] | None:
        """Return (sequence of the first, n x 128 bytes) if the frame brings events.

        Raises:
            WireError: forged or not canonical.
            StreamBroken: authentic, but not what comes next.
            ReaderAhead: the events asked for do not exist.
            LeaderChanged: the engine is of an older epoch than another that was heard.
        """
        header, structs = framing.open_frame(frame, self._key_of)
        if header.epoch < self.epoch:
            raise LeaderChanged(f"an engine of epoch {header.epoch} does not lead any more")
        self.epoch = header.epoch
        if header.type is MessageType.WELCOME and not self._welcomed:
            self._welcome(session_layouts.decode_welcome(structs))
            return None
        if header.type is MessageType.REJECT and not self._welcomed:
            reject = session_layouts.decode_session_reject(structs)
            raise StreamBroken(
                f"the engine refuses this reader: {reject.code.name}, it speaks versions "
                "{} to {} of the protocol, this process {} to {}".format(
                    *divmod(reject.detail, 256), *VERSIONS
                )
            )
        if not self._welcomed or header.type not in (MessageType.EVENTS, MessageType.HEARTBEAT):
            raise StreamBroken(f"{header.type.name} has no place here")
        if header.type is MessageType.HEARTBEAT and header.seq > self.next_seq:
            raise StreamBroken(
                f"event {self.next_seq} asked for, but those before {header.seq} are archived: "
                "bring the database up to the journal first (openbell rebuild ledger)"
            )
        if header.seq != self.next_seq:
            raise StreamBroken(f"event {header.seq} where {self.next_seq} is next")
        self.next_seq += header.count
        self.released_seq = max(self.released_seq, self.next_seq - 1)
        return (header.seq, structs) if header.type is MessageType.EVENTS else None

    def _welcome(self, welcome: Welcome) -> None:
        if self.next_seq > welcome.next_event_seq:
            raise ReaderAhead(self.next_seq, welcome.next_event_seq)
        self._welcomed = True
        self._key = derive_keys(self._master_key, self._session_id, welcome.nonce).to_client
        self.released_seq = welcome.next_event_seq - 1

    def _key_of(self, _type: MessageType, session_id: int, key_id: int) -> bytes:
        if (session_id, key_id) != (self._session_id, self._key_id):
            raise NotAuthentic("someone else's stream")
        return self._key
