"""The AsyncAPI 3.0 document of the WebSocket, made of the types that validate and encode."""

from typing import Any, Final

import msgspec

from gateway.ws import pushes, requests
from gateway.ws.connection import WS_PATH

REF: Final = "#/components/schemas/{name}"
_CHANNEL: Final = "socket"
REQUESTS: Final = (
    requests.Subscribe,
    requests.Unsubscribe,
    requests.Auth,
    requests.Ping,
    requests.Place,
    requests.Replace,
    requests.Cancel,
    requests.CancelAll,
    requests.CancelAllAfter,
    requests.PlaceList,
    requests.CancelList,
)
ANSWERS: Final = (pushes.Answer, pushes.Refusal)
_DESCRIPTION: Final = """Text frames of JSON. A request may carry an id, which its answer repeats; \
pushes have a channel. Prices, quantities and amounts are decimal strings."""


def document(version: str) -> dict[str, Any]:
    """Return the document."""
    types = (*REQUESTS, *ANSWERS, *pushes.PUSHES)
    found, components = msgspec.json.schema_components(types, ref_template=REF)
    names = [f"{_kind(each)}{each.__name__}" for each in types]
    messages = {
        name: {"title": name, "summary": (each.__doc__ or "").strip(), "payload": schema}
        for name, each, schema in zip(names, types, found, strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Openbell", "version": version, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            _CHANNEL: {
                "address": WS_PATH,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            }
        },
        "operations": {
            "ask": _operation("receive", names, "request") | _replies(names),
            "push": _operation("send", names, "push"),
        },
        "components": {"messages": messages, "schemas": components},
    }


def _kind(each: type) -> str:
    if each in ANSWERS:
        return "answer"
    return "request" if each in REQUESTS else "push"


def _operation(action: str, names: list[str], kind: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{_CHANNEL}"},
        "messages": _refs(names, kind),
    }


def _replies(names: list[str]) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{_CHANNEL}"}
    return {"reply": {"channel": channel, "messages": _refs(names, "answer")}}


def _refs(names: list[str], kind: str) -> list[dict[str, str]]:
    return [
        {"$ref": f"#/channels/{_CHANNEL}/messages/{name}"}
        for name in names
        if name.startswith(kind)
    ]


assert set(REQUESTS) == set(requests.AnyRequest.__args__)
