"""Calls to accounts about users: logins, codes, second factors, passwords, sessions, API keys."""

from typing import Any, Final

from gateway.access.auth import Principal
from gateway.calls.accounts_calls import AccountsCalls
from gateway.calls.identity_rows import (
    ApiKeyRow,
    ApiKeyRows,
    ApiKeySecret,
    DemoCodeRow,
    EnrolmentRow,
    LetterRow,
    LetterRows,
    LoginRow,
    RecoveryCodesRow,
    RevokedRow,
    Session,
    SessionRow,
    SessionRows,
    SignedUp,
    UserRow,
)
from gateway.errors import ApiError, unavailable

Query = dict[str, str | int]
CALL_TIMEOUT_S: Final = 5.0


class IdentityClient(AccountsCalls):
    """What users ask of accounts about themselves."""

    async def jwks(self) -> dict[str, object]:
        """Return the public keys of access tokens."""
        return await self._call("GET", "/.well-known/jwks.json", dict[str, object])

    async def sign_up(self, email: str, password: str) -> SignedUp:
        """Create a user with a trading account."""
        body = {"email": email, "password": password}
        return await self._call("POST", "/internal/sign-up", SignedUp, body=body)

    async def login(self, email: str, password: str, user_agent: str, ip: str) -> Session:
        """Start a session.

        Raises:
            ApiError: SECOND_FACTOR_REQUIRED, with the challenge; or accounts' refusal.
        """
        body = {"email": email, "password": password, "user_agent": user_agent, "ip": ip}
        return await self._log_in("/internal/login", body)

    async def login_with_code(self, email: str, code: str, user_agent: str, ip: str) -> Session:
        """Start a session with a code; as ``login``."""
        body = {"email": email, "code": code, "user_agent": user_agent, "ip": ip}
        return await self._log_in("/internal/login/code", body)

    async def finish_login(self, challenge: str, code: str, user_agent: str, ip: str) -> Session:
        """Start the session of a login that needed a second factor."""
        body = {"challenge": challenge, "code": code, "user_agent": user_agent, "ip": ip}
        return await self._log_in("/internal/login/second-factor", body)

    async def refresh(self, refresh_token: str) -> Session:
        """Continue a session with a new pair of tokens."""
        body = {"refresh_token": refresh_token}
        return await self._call("POST", "/internal/refresh", Session, body=body)

    async def logout(self, refresh_token: str) -> None:
        """End a session."""
        body = {"refresh_token": refresh_token}
        await self._call("POST", "/internal/logout", type(None), body=body)

    async def user(self, user_id: int) -> UserRow:
        """Return one user."""
        return await self._call("GET", f"/internal/users/{user_id}", UserRow)

    async def request_code(self, email: str, purpose: str, ip: str) -> None:
        """Have a code sent to an address, if it is a user's: the answer does not tell."""
        body = {"email": email, "purpose": purpose, "ip": ip}
        await self._call("POST", "/internal/codes", type(None), body=body)

    async def verify_email(self, email: str, code: str, ip: str) -> None:
        """Note that an address is its user's."""
        body = {"email": email, "code": code, "ip": ip}
        await self._call("POST", "/internal/verify-email", type(None), body=body)

    async def reset_password(self, email: str, code: str, password: str, ip: str) -> None:
        """Choose a new password by a code."""
        body = {"email": email, "code": code, "password": password, "ip": ip}
        await self._call("POST", "/internal/password-reset", type(None), body=body)

    async def change_password(
        self, user_id: int, session_id: str, password: str, new_password: str, ip: str
    ) -> None:
        """Choose a new password; the other sessions end."""
        body = {
            "session_id": session_id,
            "password": password,
            "new_password": new_password,
            "ip": ip,
        }
        await self._call("PUT", f"/internal/users/{user_id}/password", type(None), body=body)

    async def check_second_factor(self, user_id: int, code: str | None, ip: str) -> None:
        """Return if the user needs no second factor, or ``code`` is a good one, now used."""
        body = {"code": code, "ip": ip}
        path = f"/internal/users/{user_id}/second-factor"
        await self._call("POST", path, type(None), body=body)

    async def check_operator(
        self, who: Principal, code: str | None, ip: str, *, is_fresh: bool
    ) -> None:
        """Return if a session has shown a second factor lately, or ``code`` is a good one."""
        body = {"code": code, "session_id": who.session_id, "ip": ip, "is_fresh": is_fresh}
        path = f"/internal/users/{who.user_id}/operator-proof"
        await self._call("POST", path, type(None), body=body)

    async def demo_code(self, email: str) -> DemoCodeRow:
        """Return a code of a demo's operator; ApiError 404 outside a demo."""
        query: Query = {"email": email}
        return await self._call("GET", "/internal/demo-code", DemoCodeRow, query=query)

    async def begin_totp(self, user_id: int, password: str, ip: str) -> EnrolmentRow:
        """Make a secret for an authenticator app."""
        body = {"password": password, "ip": ip}
        return await self._call("POST", f"/internal/users/{user_id}/totp", EnrolmentRow, body=body)

    async def confirm_totp(self, who: Principal, code: str, ip: str) -> list[str]:
        """Put a second factor in force; return its recovery codes."""
        body = {"code": code, "ip": ip, "session_id": who.session_id}
        return await self._recovery_codes(who.user_id, "confirm", body)

    async def new_recovery_codes(self, user_id: int, password: str, ip: str) -> list[str]:
        """Issue recovery codes in place of the ones before."""
        return await self._recovery_codes(
            user_id, "recovery-codes", {"password": password, "ip": ip}
        )

    async def disable_totp(self, user_id: int, password: str, ip: str) -> None:
        """Do without a second factor again."""
        body = {"password": password, "ip": ip}
        await self._call("POST", f"/internal/users/{user_id}/totp/disable", type(None), body=body)

    async def sessions(self, user_id: int) -> list[SessionRow]:
        """Return a user's sessions, the one used last first."""
        path = f"/internal/users/{user_id}/sessions"
        return (await self._call("GET", path, SessionRows)).sessions

    async def revoke_session(self, user_id: int, session_id: str) -> None:
        """End one session; ApiError 404 if the user has none of that name."""
        path = f"/internal/users/{user_id}/sessions/{session_id}"
        await self._call("DELETE", path, type(None))

    async def revoke_other_sessions(self, user_id: int, kept: str) -> None:
        """End all sessions but one."""
        path = f"/internal/users/{user_id}/sessions"
        await self._call("DELETE", path, type(None), query={"kept": kept})

    async def revoked_sessions(self, since_ns: int) -> RevokedRow:
        """Return which sessions were revoked since then, of those whose tokens may still live."""
        query: Query = {"since_ns": since_ns}
        return await self._call("GET", "/internal/revoked-sessions", RevokedRow, query=query)

    async def mail(self, address: str) -> list[LetterRow]:
        """Return what a demo caught for an address; ApiError 404 outside a demo."""
        query: Query = {"address": address}
        return (await self._call("GET", "/internal/mail", LetterRows, query=query)).mail

    async def create_api_key(self, user_id: int, terms: dict[str, Any]) -> ApiKeyRow:
        """Make an API key; the answer has its secret, none if it has a public key."""
        body = {"user_id": user_id} | terms
        return await self._call("POST", "/internal/api-keys", ApiKeyRow, body=body)

    async def api_keys(self, user_id: int) -> list[ApiKeyRow]:
        """Return a user's API keys."""
        query: Query = {"user_id": user_id}
        return (await self._call("GET", "/internal/api-keys", ApiKeyRows, query=query)).api_keys

    async def delete_api_key(self, user_id: int, api_key: str) -> None:
        """Revoke an API key."""
        query: Query = {"user_id": user_id}
        await self._call("DELETE", f"/internal/api-keys/{api_key}", type(None), query=query)

    async def api_key_secret(self, api_key: str) -> ApiKeySecret:
        """Return what verifies a key's signatures; ApiError 404 if there is no such key."""
        return await self._call("GET", f"/internal/api-keys/{api_key}/secret", ApiKeySecret)

    async def note_key_use(self, used: dict[str, int]) -> None:
        """Note when API keys were used last, Unix nanoseconds."""
        await self._call("POST", "/internal/api-keys/used", type(None), body={"used": used})

    async def _log_in(self, path: str, body: dict[str, str]) -> Session:
        row = await self._call("POST", path, LoginRow, body=body)
        if row.challenge:
            raise ApiError(
                403,
                "SECOND_FACTOR_REQUIRED",
                "go on at /api/v1/auth/login/second-factor with this challenge and a code",
                details={"challenge": row.challenge, "expires_in_s": row.challenge_expires_s},
            )
        if row.user is None:
            raise unavailable("accounts")  # a login it does not understand
        return Session(
            row.access_token,
            row.access_expires_s,
            row.refresh_token,
            row.refresh_expires_s,
            row.user,
        )

    async def _recovery_codes(
        self, user_id: int, what: str, body: dict[str, str | None]
    ) -> list[str]:
        path = f"/internal/users/{user_id}/totp/{what}"
        return (await self._call("POST", path, RecoveryCodesRow, body=body)).recovery_codes
