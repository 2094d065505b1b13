"""A writer of the log in a process of its own, to be killed: ``python -m chaos.log_writer URL SHARD
NAME``. It takes over at the end of the log, then appends until another does. It prints each answer.
"""

import asyncio
import sys

from chaos.log_load import digest_of
from replicated_log.certainty import append_surely
from replicated_log.log import Appended
from replicated_log.opening import open_log


async def write(url: str, shard: int, name: str) -> None:
    """Print ``leads``, then ``SEQ DIGEST`` of every entry that was answered, then ``fenced``."""
    log = await open_log(url)
    head_seq = await log.head(shard)
    leads = False
    while True:
        data = f"{name}: entry {head_seq + 1}".encode()
        outcome = await append_surely(log, shard, head_seq, data)
        if isinstance(outcome, Appended):
            head_seq = outcome.seq
            print(
                "" if leads else "leads\n", head_seq, " ", digest_of(data).hex(), sep="", flush=True
            )
            leads = True
        elif leads:
            print("fenced", flush=True)
            await log.close()
            return
        else:
            head_seq = outcome.head_seq


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
