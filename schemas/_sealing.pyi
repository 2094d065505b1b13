from schemas.message_types import MessageType
from schemas.sealing import Fields, KeyLookup

def seal_message(
    type_: MessageType,
    session_id: int,
    seq: int,
    ack: int,
    window: int,
    epoch: int,
    shard: int,
    key_id: int,
    structs: bytes,
    key: bytes,
    bytes_max: int,
) -> bytes: ...
def open_message(data: bytes, key_of: KeyLookup, bytes_max: int) -> tuple[Fields, bytes]: ...
