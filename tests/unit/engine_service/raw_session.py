"""A client's side of one session with nothing automatic: what is sealed is what a test says."""

from domain.commands import Command
from schemas import framing, session_layouts
from schemas.codec import encode_command
from schemas.framing import Header, MessageType
from schemas.session_layouts import MINOR, VERSIONS, EventRange, Hello, Welcome
from transport.keys import derive_keys


class RawSession:
    def __init__(self, master_key: bytes, session_id: int) -> None:
        self.session_id = session_id
        self.master_key = master_key
        self.keys = derive_keys(master_key, session_id, 0)

    def hello(self, from_event_seq: int = 0) -> bytes:
        structs = session_layouts.encode_hello(Hello(*VERSIONS, MINOR, 9, from_event_seq))
        key = derive_keys(self.master_key, self.session_id, 0).to_engine
        return framing.seal(Header(MessageType.HELLO, self.session_id), structs, key)

    def welcomed(self, datagram: bytes) -> Welcome:
        header, structs = self.open(datagram)
        assert header.type is MessageType.WELCOME
        welcome = session_layouts.decode_welcome(structs)
        self.keys = derive_keys(self.master_key, self.session_id, welcome.nonce)
        return welcome

    def commands(self, first_seq: int, *commands: Command) -> bytes:
        structs = b"".join(encode_command(command) for command in commands)
        return self.seal(MessageType.COMMANDS, structs, seq=first_seq)

    def nak(self, first: int, last: int) -> bytes:
        structs = session_layouts.encode_event_range(EventRange(first, last))
        return self.seal(MessageType.NAK, structs)

    def seal(self, type_: MessageType, structs: bytes = b"", seq: int = 0) -> bytes:
        return framing.seal(Header(type_, self.session_id, seq), structs, self.keys.to_engine)

    def open(self, datagram: bytes) -> tuple[Header, bytes]:
        hello_keys = derive_keys(self.master_key, self.session_id, 0)
        return framing.open_datagram(
            datagram,
            lambda type_, *_: (hello_keys if type_ is MessageType.WELCOME else self.keys).to_client,
        )
