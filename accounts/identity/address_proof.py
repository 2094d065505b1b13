"""An address that is shown to be one's own for the first time, by who need not be who signed up."""

from accounts.database import Connection
from accounts.identity.api_keys_repository import revoke_api_keys
from accounts.identity.sessions_repository import revoke_sessions_but
from accounts.identity.users_repository import User, verify_email


async def prove_address(connection: Connection, user: User, now_ns: int) -> None:
    """Note that the address is the user's. The first time, sessions and API keys of before end:
    somebody else may have signed up with it, and have waited for its owner's money.
    """
    async with connection.transaction():
        await verify_email(connection, user.email, now_ns)
        if not user.email_verified:
            await revoke_sessions_but(connection, user.user_id, None, now_ns)
            await revoke_api_keys(connection, user.user_id, now_ns)
