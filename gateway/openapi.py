"""The OpenAPI 3.1 document, made of the route table and the types that validate."""

import re
from typing import Any, Final

import msgspec

from gateway.rest.dispatch import PROBLEM
from gateway.rest.route import (
    ACCOUNT_HEADER,
    CODE_CHARS_MAX,
    CODE_HEADER,
    IDEMPOTENCY_KEY,
    KEY_PATTERN,
    PREFIX,
    REFRESH_COOKIE,
    Access,
    Limit,
    Route,
)
from gateway.types import trading as api

TITLE: Final = "Openbell"
REF: Final = "#/components/schemas/{name}"
_NUMBERS: Final = ("order_id", "list_id", "withdrawal_id", "user_id", "account_id", "proposal_id")
_ACCOUNT_PARAMETER: Final[dict[str, Any]] = {
    "name": ACCOUNT_HEADER,
    "in": "header",
    "required": False,
    "description": "Which of your accounts; your main account without it",
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**32 - 1},
}
_KEY_PARAMETER: Final[dict[str, Any]] = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "required": True,
    "description": "Chosen by you: the same key is the same request, executed once",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}
_CODE_PARAMETER: Final[dict[str, Any]] = {
    "name": CODE_HEADER,
    "in": "header",
    "required": False,
    "description": "A code of your second factor, if you have one: the app's, or a recovery code",
    "schema": {"type": "string", "minLength": 1, "maxLength": CODE_CHARS_MAX},
}
_OPERATOR_CODE_PARAMETER: Final[dict[str, Any]] = _CODE_PARAMETER | {
    "description": "A code of your second factor, which operators must have: the app's, or a "
    "recovery code. Most acts ask for one in 15 minutes, some each time"
}
_PARAMETER: Final = re.compile(r"{(\w+)}")
_DESCRIPTION: Final = """Prices, quantities and amounts are decimal strings; times are Unix \
nanoseconds as strings. A request field that does not exist, or appears twice, is refused."""
_SIGNED: Final[list[dict[str, list[str]]]] = [
    {"access_token": []},
    {"api_key": [], "timestamp": [], "signature": []},
]
_SECURITY: Final[dict[Access, list[dict[str, list[str]]]]] = {
    Access.PUBLIC: [],
    Access.READ: _SIGNED,
    Access.TRADE: _SIGNED,
    Access.WITHDRAW: _SIGNED,
    Access.LOGIN: [{"access_token": []}],
    Access.SUPPORT: [{"access_token": []}],
    Access.ADMIN: [{"access_token": []}],
}
_ERRORS: Final = {
    "400": "The request is malformed",
    "404": "Not there",
    "422": "Understood and refused; nothing changed",
    "429": "A named limit is reached; see Retry-After",
    "503": "Nothing was done; see Retry-After",
}
_NOT_ALLOWED: Final = {"403": "Not allowed"}
_NOT_AUTHENTICATED: Final = {"401": "Not authenticated"}
_CONFLICT: Final = {"409": "It contradicts what is there, or an earlier request of the same id"}
_TOO_LARGE: Final = {"413": "The body is past its bound"}


def _header(name: str, description: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


_SCHEMES: Final[dict[str, dict[str, str]]] = {
    "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "api_key": _header("X-Openbell-Key", "The key"),
    "timestamp": _header("X-Openbell-Timestamp", "Unix milliseconds, within 5 s of the server's"),
    "signature": _header(
        "X-Openbell-Signature",
        "Hex HMAC-SHA256 with the secret over six lines: timestamp, METHOD, path with query, "
        "Openbell-Account, Idempotency-Key (each empty if not sent), body",
    ),
    "refresh_cookie": {"type": "apiKey", "in": "cookie", "name": REFRESH_COOKIE},
}


def document(routes: tuple[Route, ...], version: str) -> dict[str, Any]:
    """Return the document of ``routes``."""
    types = _types(routes)
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, schema_of, components)
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": version, "description": _DESCRIPTION},
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }


def _types(routes: tuple[Route, ...]) -> list[Any]:
    types: dict[str, Any] = {}
    for wanted in (api.ErrorAnswer, api.FateUnknown):
        types[repr(wanted)] = wanted
    for route in routes:
        for used in (route.answer, route.body, route.query):
            if used is not None:
                types[repr(used)] = used
    return list(types.values())


def _operation(
    route: Route, schema_of: dict[str, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "tags": [route.tag],
        "summary": route.summary,
        "description": (route.handler.__doc__ or "").strip(),
        "security": _SECURITY[route.access],
        "x-access": route.access.value,
        "responses": _responses(route, schema_of),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.access is not Access.PUBLIC:
        parameters.append(_ACCOUNT_PARAMETER)
    if route.is_idempotent:
        parameters.append(_KEY_PARAMETER)
    if route.is_act:
        parameters.append(_OPERATOR_CODE_PARAMETER)
    elif route.second_factor:
        parameters.append(_CODE_PARAMETER)
    if route.query is not None:
        parameters += _query_parameters(components[route.query.__name__])
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": schema_of[repr(route.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_schema(name: str) -> dict[str, str]:
    return {"type": "integer"} if name in _NUMBERS else {"type": "string"}


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _responses(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if route.media:
        done["content"] = {media: {"schema": {"type": "string"}} for media in route.media}
    elif route.answer is not None:
        done["content"] = {"application/json": {"schema": schema_of[repr(route.answer)]}}
    responses = {str(route.status): done}
    if route.may_be_unknown:
        responses["202"] = _response("The fate is not known yet", schema_of[repr(api.FateUnknown)])
    for status, description in sorted(_errors(route).items()):
        responses[status] = _response(description, schema_of[repr(api.ErrorAnswer)], PROBLEM)
    return responses


def _errors(route: Route) -> dict[str, str]:
    errors = dict(_ERRORS)
    if route.access is not Access.PUBLIC or route.limit is Limit.CREDENTIALS:
        errors |= _NOT_AUTHENTICATED | _NOT_ALLOWED
    if route.method != "GET":
        errors |= _NOT_ALLOWED | _CONFLICT | _TOO_LARGE
    return errors


def _response(
    description: str, schema: dict[str, Any], content_type: str = "application/json"
) -> dict[str, Any]:
    return {"description": description, "content": {content_type: {"schema": schema}}}
