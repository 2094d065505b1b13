"""Sessions over UDP: every command executed once and in order, every event delivered without gap.

The sequence rules are pure (bytes and times in, actions out); thin asyncio shells own the sockets.
"""
