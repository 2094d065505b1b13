"""The API's operations as its own OpenAPI document tells them, and requests made of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Operation:
    """One method of one path; ``access`` says who may use it."""

    method: str
    path: str
    access: str
    names: tuple[str, ...]
    """Of the parameters in its path."""
    query: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    headers: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, told: Mapping[str, Any]) -> str:
        """Return the path and query with ``told`` in place of what it names."""
        path = re.sub(r"{(\w+)}", lambda found: str(told[found[1]]), self.path)
        pairs = [
            f"{each['name']}={told.get(each['name'], example(each['schema'], {}))}"
            for each in self.query
            if each["required"] or each["name"] in told
        ]
        return path + ("?" + "&".join(pairs) if pairs else "")


def operations(document: dict[str, Any], prefix: str) -> Iterator[Operation]:
    """Yield every operation of the document."""
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            yield Operation(
                method=method.upper(),
                path=path.removeprefix(prefix),
                access=operation["x-access"],
                names=tuple(each["name"] for each in parameters if each["in"] == "path"),
                query=tuple(each for each in parameters if each["in"] == "query"),
                body=None if schema is None else resolved(schema, schemas),
                headers=tuple(each["name"] for each in parameters if each["in"] == "header"),
            )


def resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return ``schema`` with its references replaced by what they name."""
    if "$ref" in schema:
        return resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    return {
        key: resolved(value, schemas)
        if isinstance(value, dict)
        else [resolved(each, schemas) if isinstance(each, dict) else each for each in value]
        if isinstance(value, list)
        else value
        for key, value in schema.items()
    }


def example(schema: dict[str, Any], told: Mapping[str, Any]) -> Any:
    """Return a value of a schema: what is told of a field by its name, else the least there is."""
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return example(schema[several][0], told)
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        wanted = {*schema.get("required", ()), *(told.keys() & fields.keys())}
        return {
            name: told[name] if name in told else example(fields[name], told)
            for name in sorted(wanted)
        }
    if kind == "array":
        return [example(schema["items"], told)] * schema.get("minItems", 0)
    if kind == "integer":
        return max(schema.get("minimum", 1), 1)
    if kind == "boolean":
        return False
    return "a" * max(schema.get("minLength", 1), 1)
