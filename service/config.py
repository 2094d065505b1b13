"""Configuration from the environment: the same names natively, supervised and in compose."""

from typing import Literal, TypeVar

from pydantic import ValidationError
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
