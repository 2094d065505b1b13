"""Configuration from the environment: the same names natively, supervised and in compose."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import BadConfiguration

ENV_PREFIX = "OPENBELL_"


class ServiceConfig(BaseSettings):
    """What every process reads. A service's own ``config.py`` extends it."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    bind_host: str = "127.0.0.1"
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    tracing_endpoint: str = ""
    """Where spans of orders go, by OTLP over HTTP, such as ``http://127.0.0.1:4318``."""
    tracing_sampled_ppm: int = Field(default=10_000, ge=0, le=1_000_000)
    """Of so many orders in a million; the same in every process."""


_REPLICA = r"[^:,]+:[0-9]{1,5}:[0-9]{1,5}"
_REPLICAS = rf"^({_REPLICA}(,{_REPLICA})*)?$"
_KEY = r"([0-9]{1,5}:)?[0-9a-fA-F]{64}"


class EngineKeyConfig(ServiceConfig):
    """Of whoever speaks with the engine: its master keys, ``id:hex`` each, or the file they are
    in, which may change while the process runs.
    """

    engine_key_file: Path | None = None
    engine_key: str = Field(
        default="", pattern=rf"^({_KEY}(,{_KEY})?)?$", repr=False, validate_default=True
    )

    engine_replicas: str = Field(default="", pattern=_REPLICAS)
    """Where the engine has replicas: ``host:udp-port:tcp-port`` of each, with commas between."""

    @field_validator("engine_key")
    @classmethod
    def _some_key(cls, text: str, info: ValidationInfo) -> str:
        if not text and not info.data.get("engine_key_file"):
            raise ValueError("field required")
        return text


ConfigType = TypeVar("ConfigType", bound=ServiceConfig)


def load_config(config_type: type[ConfigType]) -> ConfigType:
    """Return the configuration found in the environment.

    Raises:
        BadConfiguration: a variable is missing or wrong; the message names each.
    """
    try:
        return config_type()
    except ValidationError as error:
        lines = [
            f"{_variable(config_type, str(fault['loc'][0]))}: {fault['msg'].lower()}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise BadConfiguration("; ".join(lines)) from None


def _variable(config_type: type[ServiceConfig], location: str) -> str:
    """Return the environment variable behind a field; an aliased field is located by its alias."""
    return ENV_PREFIX + location.upper() if location in config_type.model_fields else location
