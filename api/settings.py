"""What an operator may set, from the environment (prefix `RINGLEADER_`); secrets are never shown."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import SettingsError

DEFAULT_DATA = Path("ringleader-data")


class Settings(BaseSettings):
    """One field per setting; the description of each is what `docs/settings.md` says of it.

    An empty variable counts as unset, so that a compose file may pass on what it does not know.
    """

    model_config = SettingsConfigDict(
        env_prefix="RINGLEADER_", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data: Path = Field(
        default=DEFAULT_DATA, description="Folder under which everything lives that is not set by itself."
    )
    tape: Path | None = Field(default=None, description="Folder of the tape; DATA/tape when unset.")
    graph_url: SecretStr | None = Field(
        default=None, description="Graph store: a SQLite path or a neo4j:// or bolt:// URL; DATA/graph.db when unset."
    )
    graph_user: str | None = Field(default=None, description="User of the graph store.")
    graph_password: SecretStr | None = Field(default=None, description="Password of the graph store.")
    ledger_url: SecretStr | None = Field(
        default=None, description="Ledger: a SQLite path or a postgresql:// URL; DATA/ledger.db when unset."
    )
    key: SecretStr | None = Field(
        default=None,
        description="Secret with which device ids, IPs and addresses are replaced by keyed hashes on ingest.",
    )
    api_token: SecretStr | None = Field(
        default=None,
        description="Bearer token that `serve` asks for; without one it listens on the loopback address only.",
    )
    parameters: Path | None = Field(
        default=None, description="TOML file with detection parameters that differ from the defaults (docs/conduct.md)."
    )
    models: SecretStr | None = Field(
        default=None, description="Registry of learned models: a folder or an s3:// URI; DATA/models when unset."
    )
    http_host: str = Field(default="127.0.0.1", description="Address on which `serve` listens.")
    http_port: int = Field(
        default=8080, ge=0, le=65535, description="Port on which `serve` listens; 0 takes a free one."
    )
    poll_seconds: float = Field(
        default=2.0, gt=0, description="How often `serve` looks for a newly published run, seconds."
    )
    debug: bool = Field(default=False, description="Show the traceback of an error (as the option --debug does).")

    @property
    def tape_folder(self) -> Path:
        return self.tape or self.data / "tape"

    @property
    def graph_location(self) -> str:
        return self.graph_url.get_secret_value() if self.graph_url else str(self.data / "graph.db")

    @property
    def models_location(self) -> str:
        return self.models.get_secret_value() if self.models else str(self.data / "models")

    @property
    def ledger_location(self) -> str:
        return self.ledger_url.get_secret_value() if self.ledger_url else str(self.data / "ledger.db")


def without_password(url: str) -> str:
    """A URL as it may be shown; a path stays as it is."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}{slash}{path.partition('?')[0]}"


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"RINGLEADER_{field.upper()}"


def read_settings() -> Settings:
    """Settings of this process. Raises SettingsError that names the variable, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = variable(str(first["loc"][0]))
        raise SettingsError(
            f"{name} makes no sense: {first['msg']}", do="set it as docs/settings.md says, or unset it"
        ) from None
