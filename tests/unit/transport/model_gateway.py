"""What a client could send to a model engine, and could make of its answers."""

from schemas import session_layouts
from schemas.framing import Header, MessageType, open_datagram, seal
from schemas.layouts import COMMAND_BYTES
from schemas.session_layouts import MINOR, Hello, SessionReject, Welcome
from tests.model_engine import MASTER_KEY, ModelEngine
from transport.keys import derive_keys
from transport.server_session import Send
from transport.session_table import Address

HOME: Address = ("10.0.0.1", 1_000)
ELSEWHERE: Address = ("10.0.0.9", 9_000)


def command(number: int) -> bytes:
    return b"\x01" + number.to_bytes(COMMAND_BYTES - 1, "little")


class Gateway:
    """One client; nothing is automatic."""

    def __init__(self, engine: ModelEngine, session_id: int = 1, address: Address = HOME) -> None:
        self.engine = engine
        self.session_id = session_id
        self.address = address
        self.nonce = 0
        self.epoch = 1
        self.master_keys = {0: MASTER_KEY}
        """Those that answers are opened with, by id."""
        self.key_id = 0
        """The one to seal with."""

    def keys(self, nonce: int, key_id: int) -> tuple[bytes, bytes]:
        return derive_keys(self.master_keys[key_id], self.session_id, nonce)

    def datagram(self, type_: MessageType, seq: int = 0, structs: bytes = b"") -> bytes:
        nonce = 0 if type_ is MessageType.HELLO else self.nonce
        header = Header(type_, self.session_id, seq, epoch=self.epoch, key_id=self.key_id)
        return seal(header, structs, self.keys(nonce, self.key_id)[0])

    def hello(self, from_event_seq: int = 0, versions: tuple[int, int] = (1, 1)) -> bytes:
        structs = session_layouts.encode_hello(Hello(*versions, MINOR, 5, from_event_seq))
        return self.datagram(MessageType.HELLO, 0, structs)

    def commands(self, *numbers: int, seq: int) -> bytes:
        return self.datagram(MessageType.COMMANDS, seq, b"".join(map(command, numbers)))

    def send(self, datagram: bytes, now_ns: int = 0) -> list[tuple[Header, bytes]]:
        return self.opened(self.engine.receive(datagram, self.address, now_ns))

    def opened(self, sends: list[Send]) -> list[tuple[Header, bytes]]:
        assert all(send.address == self.address for send in sends)
        return [self.open(send.datagram) for send in sends]

    def open(self, datagram: bytes) -> tuple[Header, bytes]:
        def key_of(type_: MessageType, session_id: int, key_id: int) -> bytes:
            assert session_id == self.session_id
            early = type_ in (MessageType.WELCOME, MessageType.NOT_LEADER) or (
                type_ is MessageType.REJECT and self.nonce == 0
            )
            return self.keys(0 if early else self.nonce, key_id)[1]

        return open_datagram(datagram, key_of)

    def connect(self, now_ns: int = 0, from_event_seq: int = 0) -> Welcome:
        ((header, structs),) = self.send(self.hello(from_event_seq), now_ns)
        assert header.type is MessageType.WELCOME
        welcome = session_layouts.decode_welcome(structs)
        self.nonce = welcome.nonce
        return welcome

    def rejected(self, datagram: bytes, now_ns: int = 0) -> SessionReject:
        ((header, structs),) = self.send(datagram, now_ns)
        assert header.type is MessageType.REJECT
        return session_layouts.decode_session_reject(structs)


def connected(engine: ModelEngine | None = None) -> Gateway:
    gateway = Gateway(engine or ModelEngine())
    gateway.connect()
    return gateway
