"""Logins, codes, second factors, sessions and keys, of the native API; a part of the client."""

from abc import abstractmethod
from typing import Literal

import msgspec

from client.calls import Calls, shown
from client.credential_types import DemoCode, Enrolment, Mail, OwnSession
from client.types import ApiKey, Session

Purpose = Literal["verify", "login", "reset"]


class _Sessions(msgspec.Struct):
    sessions: list[OwnSession]


class _Codes(msgspec.Struct):
    recovery_codes: list[str]


class _Keys(msgspec.Struct):
    api_keys: list[ApiKey]


class _Mailbox(msgspec.Struct):
    mail: list[Mail]


class CredentialCalls(Calls):
    """What a user does about its own way in. ``code``: of the second factor, where there is one."""

    @abstractmethod
    def act_as(self, session: Session) -> Session:
        """Be the one who has logged in from here on."""

    async def sign_up(self, email: str, password: str) -> Session:
        """Create a user and act as it from here on."""
        body = {"email": email, "password": password}
        return self.act_as(await self.call("POST", "/auth/sign-up", Session, body=body))

    async def login(self, email: str, password: str) -> Session:
        """Act as an existing user from here on.

        Raises:
            SecondFactorRequired: go on with ``finish_login``.
        """
        body = {"email": email, "password": password}
        return self.act_as(await self.call("POST", "/auth/login", Session, body=body))

    async def login_with_code(self, email: str, code: str) -> Session:
        """Act as an existing user by a code that was mailed; as ``login``."""
        body = {"email": email, "code": code}
        return self.act_as(await self.call("POST", "/auth/login/code", Session, body=body))

    async def finish_login(self, challenge: str, code: str) -> Session:
        """Go on with a login that was answered SecondFactorRequired."""
        body = {"challenge": challenge, "code": code}
        path = "/auth/login/second-factor"
        return self.act_as(await self.call("POST", path, Session, body=body))

    async def refresh(self) -> Session:
        """Go on with this session: an access token is good for a quarter of an hour."""
        return self.act_as(await self.call("POST", "/auth/refresh", Session))

    async def logout(self) -> None:
        """End this session."""
        await self.call("POST", "/auth/logout", type(None))

    async def request_code(self, email: str, purpose: Purpose) -> None:
        """Have a code mailed; the answer does not tell whether there is such a user."""
        body = {"email": email, "purpose": purpose}
        await self.call("POST", "/auth/codes", type(None), body=body)

    async def verify_email(self, email: str, code: str) -> None:
        """Show that an address is one's own."""
        body = {"email": email, "code": code}
        await self.call("POST", "/auth/verify-email", type(None), body=body)

    async def reset_password(self, email: str, code: str, password: str) -> None:
        """Choose a new password by a mailed code; every session ends."""
        body = {"email": email, "code": code, "password": password}
        await self.call("POST", "/auth/password-reset", type(None), body=body)

    async def change_password(
        self, password: str, new_password: str, code: str | None = None
    ) -> None:
        """Choose a new password; every other session ends."""
        body = {"password": password, "new_password": new_password}
        await self.call("PUT", "/me/password", type(None), body=body, headers=shown(code))

    async def begin_totp(self, password: str) -> Enrolment:
        """Get a secret for an authenticator app; it is in force once it is confirmed."""
        return await self.call("POST", "/me/totp", Enrolment, body={"password": password})

    async def confirm_totp(self, code: str) -> list[str]:
        """Put the second factor in force; return its recovery codes, which are shown this once."""
        body = {"code": code}
        return (await self.call("POST", "/me/totp/confirm", _Codes, body=body)).recovery_codes

    async def new_recovery_codes(self, password: str, code: str) -> list[str]:
        """Get new recovery codes; the ones before are worth nothing."""
        body, headers = {"password": password}, shown(code)
        path = "/me/totp/recovery-codes"
        return (await self.call("POST", path, _Codes, body=body, headers=headers)).recovery_codes

    async def disable_totp(self, password: str, code: str) -> None:
        """Do without a second factor again."""
        body, headers = {"password": password}, shown(code)
        await self.call("POST", "/me/totp/disable", type(None), body=body, headers=headers)

    async def sessions(self) -> list[OwnSession]:
        """Return the logins that can still be continued, the one used last first."""
        return (await self.call("GET", "/me/sessions", _Sessions)).sessions

    async def end_session(self, session_id: str) -> None:
        """End one session."""
        await self.call("DELETE", f"/me/sessions/{session_id}", type(None))

    async def end_other_sessions(self) -> None:
        """End every session but this one."""
        await self.call("DELETE", "/me/sessions", type(None))

    async def create_api_key(
        self,
        label: str,
        permissions: list[str],
        *,
        public_key: str | None = None,
        allowed_networks: list[str] | None = None,
        expires_ts_ns: str | None = None,
        code: str | None = None,
    ) -> ApiKey:
        """Make an API key for the chosen account; its secret is shown this once, and there is none
        with a ``public_key``.
        """
        body = {
            "label": label,
            "permissions": permissions,
            "public_key": public_key,
            "allowed_networks": allowed_networks,
            "expires_ts_ns": expires_ts_ns,
        }
        return await self.call("POST", "/api-keys", ApiKey, body=body, headers=shown(code))

    async def api_keys(self) -> list[ApiKey]:
        """Return the caller's keys, without their secrets."""
        return (await self.call("GET", "/api-keys", _Keys)).api_keys

    async def delete_api_key(self, api_key: str) -> None:
        """Revoke a key."""
        await self.call("DELETE", f"/api-keys/{api_key}", type(None))

    async def demo_mail(self, address: str) -> list[Mail]:
        """Return what a demo's mail server caught for an address, newest first."""
        return (await self.call("GET", "/demo/mail", _Mailbox, query={"address": address})).mail

    async def demo_code(self, email: str) -> DemoCode:
        """Return a code of a demo's operator that was not used yet."""
        return await self.call("GET", "/demo/code", DemoCode, query={"email": email})
