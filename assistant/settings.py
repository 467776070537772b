"""All settings, in one place: `TTHC_*` environment variables or `.env` in the working directory.

Read once, at start.  A placeholder secret or a half-set pair is refused with a readable list, never at the first use.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge_base.errors import ErrorCode, Misconfigured

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDERS = {"changeme", "change-me", "secret", "password", "token", "xxx", "todo"}


def _named(name: str, *others: str) -> AliasChoices:
    """`TTHC_<NAME>` first, then names that hosting platforms use."""
    return AliasChoices(f"TTHC_{name}", *others)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="TTHC_", env_file=".env", env_file_encoding="utf-8", extra="ignore", populate_by_name=True
    )

    # where things live
    data_dir: Path = Field(default=ROOT / "var", description="Everything the assistant writes")
    # addresses
    host: str = Field(default="127.0.0.1", description="Address the platform listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="Port of the platform")
    rasa_host: str = Field(default="127.0.0.1", description="Address Rasa listens on; keep it private")
    rasa_port: int = Field(default=5005, ge=1, le=65535, description="Port of Rasa")
    sandbox_port: int = Field(default=8010, ge=1, le=65535, description="Port of the dossier sandbox")
    public_url: str = Field(default="", description="Address citizens see, for links and QR codes")
    allowed_origins: str = Field(default="", description="Other web origins that may open the chat, comma separated")

    # state beyond one machine
    database_url: SecretStr = Field(
        default=SecretStr(""), validation_alias=_named("DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL address; empty: SQLite under the data directory",
    )
    redis_url: SecretStr = Field(
        default=SecretStr(""), validation_alias=_named("REDIS_URL", "REDIS_URL"),
        description="Redis address for limits, repeats, buttons and Rasa's trackers; empty: in process",
    )
    qdrant_url: str = Field(
        default="", validation_alias=_named("QDRANT_URL", "QDRANT_URL"),
        description="Qdrant server; empty: Qdrant Edge under the data directory",
    )
    qdrant_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=_named("QDRANT_API_KEY", "QDRANT_API_KEY"),
        description="Key of that server",
    )

    # search
    encoder: str = Field(default="", description="Any sentence-transformers model; empty: the project's own encoder")

    # the catalogue's source
    portal_url: str = Field(
        default="https://dichvucong.gov.vn", pattern=r"^https?://[^\s/]",
        description="National portal whose public API `tthc catalogue sync` reads",
    )
    portal_pause_s: float = Field(default=0.5, ge=0, description="Least pause between two calls of it, in seconds")

    # dialogue
    rasa_secret: SecretStr = Field(default=SecretStr(""), description="Secret shared by platform and Rasa")
    trace: bool = Field(default=False, description="Answers carry intent, confidence and timings (developers only)")
    turn_timeout_s: float = Field(default=15, gt=0, description="Longest wait for Rasa in one turn")
    text_limit: int = Field(default=1000, ge=100, description="Longest text of a turn, in characters")
    turns_per_minute: int = Field(default=30, ge=1, description="Turns one conversation may take a minute")
    transcript_days: int = Field(default=30, ge=0, description="Days a transcript is kept")

    # dossiers
    dossier_url: str = Field(
        default="", description="Dossier system (TraCuuHoSo shape); when no system is set: the sandbox"
    )
    dossier_user: str = Field(default="sandbox", description="User of the dossier system")
    dossier_password: SecretStr = Field(default=SecretStr(""), description="Its password")
    dossier_agency: str = Field(default="H26", description="madonvi sent with each call")
    dossier_timeout_s: float = Field(default=4, gt=0, description="Longest wait for one call")
    dossier_igate_url: str = Field(default="", description="VNPT iGate v2; empty: off")
    dossier_igate_user: str = Field(default="", description="Its client id")
    dossier_igate_password: SecretStr = Field(default=SecretStr(""), description="Its client secret")
    dossier_igate_login_url: str = Field(default="", description="Whole address of its token service, if elsewhere")
    dossier_lgsp_url: str = Field(default="", description="LGSP with traTrangThaiHoSo; empty: off")
    dossier_lgsp_user: str = Field(default="", description="Its client id")
    dossier_lgsp_password: SecretStr = Field(default=SecretStr(""), description="Its client secret")
    dossier_lgsp_agency: str = Field(default="", description="maDonVi sent with each call")
    dossier_lgsp_login_url: str = Field(default="", description="Whole address of its token service, if elsewhere")
    dossier_ioc_url: str = Field(default="", description="Operations centre with getToken and tra-cuu; empty: off")
    dossier_ioc_user: str = Field(default="", description="Its user")
    dossier_ioc_password: SecretStr = Field(default=SecretStr(""), description="Its password")
    dossier_routes: str = Field(default="", description="File that says which system answers which codes")
    dossier_mappings: str = Field(default="", description="Folder with mapping files that replace the project's own")

    # notices
    quiet_hours: str = Field(
        default="21:00-07:00", pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="When no notice goes out, time of Hanoi; empty: no such hours",
    )
    paid_notices: bool = Field(default=False, description="Send notices that the channel charges for")
    notice_days: int = Field(default=30, ge=1, description="Days a settled notice and an ended watch are kept")
    watch_per_minute: int = Field(default=30, ge=1, description="Look-ups a minute for watched dossiers, all machines")

    # web page
    web_enabled: bool = Field(default=True, description="Switches page and widget off; the other channels run")
    web_key: SecretStr = Field(default=SecretStr(""), description="Key that signs conversation tokens (32+ characters)")
    frame_ancestors: str = Field(default="", description="Origins that may show the page in a frame, comma separated")
    web_theme: str = Field(default="", description="Theme file of page and widget; empty: the Center's")
    web_voice: bool = Field(default=False, description="Citizens may switch the browser's speech recognition on")

    # appointments
    booking_key: SecretStr = Field(default=SecretStr(""), description="Key of the phone hashes (32+ characters)")
    personal_data_key: SecretStr = Field(
        default=SecretStr(""), description="Fernet keys of personal fields, newest first, comma separated"
    )

    # officers
    staff_idle_minutes: int = Field(default=30, ge=1, description="Idle minutes that end an officer's session")
    staff_session_hours: int = Field(default=10, ge=1, description="Longest session of an officer, in hours")

    # channels
    telegram_enabled: bool = Field(default=True, description="Switches Telegram off without taking its keys away")
    telegram_token: SecretStr = Field(default=SecretStr(""), description="Bot token; empty: Telegram off")
    telegram_mode: Literal["polling", "webhook"] = Field(default="polling", description="polling or webhook")
    telegram_secret: SecretStr = Field(default=SecretStr(""), description="Secret token of the webhook")
    telegram_api: str = Field(default="https://api.telegram.org", description="Bot API server")
    zalo_enabled: bool = Field(default=True, description="Switches Zalo off without taking its keys away")
    zalo_app_id: str = Field(default="", description="Id of the Zalo app; empty: Zalo off")
    zalo_app_secret: SecretStr = Field(default=SecretStr(""), description="Secret key of the app")
    zalo_secret: SecretStr = Field(default=SecretStr(""), description="Secret key of the account, for webhooks")
    zalo_oa_id: str = Field(default="", description="Id of the account, for links that open its chat")
    zalo_refresh_token: SecretStr = Field(default=SecretStr(""), description="First refresh token of the account")
    zalo_free_hours: float = Field(default=48, ge=0, description="Hours after an act in which messages are free")
    zalo_free_messages: int = Field(default=8, ge=0, description="Messages that are free in them")
    zalo_reply_days: float = Field(default=7, ge=0, description="Days after an act in which messages may be sent")
    zalo_templates: str = Field(default="", description="Template messages: notice=template id, comma separated")
    zalo_api: str = Field(default="https://openapi.zalo.me", description="Official Account API")
    zalo_oauth: str = Field(default="https://oauth.zaloapp.com", description="Its token server")
    zalo_business_api: str = Field(default="https://business.openapi.zalo.me", description="Its template message API")
    messenger_enabled: bool = Field(default=True, description="Switches Messenger off without taking its keys away")
    messenger_token: SecretStr = Field(default=SecretStr(""), description="Page access token; empty: Messenger off")
    messenger_app_secret: SecretStr = Field(default=SecretStr(""), description="Secret of the app, for webhooks")
    messenger_verify_token: SecretStr = Field(default=SecretStr(""), description="Word agreed for the webhook's check")
    messenger_page_id: str = Field(default="", description="Id of the page")
    messenger_api: str = Field(default="https://graph.facebook.com/v25.0", description="Graph API, with its version")
    standins: str = Field(
        default="", description="Channels to try without an account: telegram, zalo, messenger, comma separated"
    )
    channel_messages_per_second: float = Field(default=20, gt=0, description="Messages of one channel, a process")

    # operations
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_json: bool = Field(default=False, description="One JSON object a log line")
    sandbox: bool = Field(default=True, description="Start the dossier sandbox when no dossier system is set")

    @field_validator(
        "rasa_secret", "booking_key", "personal_data_key", "telegram_secret", "dossier_password", "web_key",
        "dossier_igate_password", "dossier_lgsp_password", "dossier_ioc_password",
        "zalo_app_secret", "zalo_secret", "messenger_app_secret", "messenger_verify_token",
    )
    @classmethod
    def _no_placeholder(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().strip().lower() in PLACEHOLDERS:
            raise ValueError("is a placeholder, not a secret")
        return value

    @property
    def database(self) -> str:
        """SQLAlchemy address."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir / 'tthc.sqlite'}"

    @property
    def rasa_url(self) -> str:
        return f"http://{self.rasa_host}:{self.rasa_port}"

    @property
    def platform_url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"  # noqa: S104

    @property
    def public_address(self) -> str:
        return (self.public_url or self.platform_url).rstrip("/")

    @property
    def dossier_address(self) -> str:
        return self.dossier_url or f"http://127.0.0.1:{self.sandbox_port}/"

    @property
    def uses_sandbox(self) -> bool:
        """Invented dossiers never stand beside real ones."""
        real = self.dossier_url or self.dossier_igate_url or self.dossier_lgsp_url or self.dossier_ioc_url
        return not real and self.sandbox

    def secret(self, name: str) -> str:
        """The setting `name`, or a random value made once and kept under the data directory (mode 0600).

        One machine needs no key set by hand; several machines must share the setting.
        """
        given: SecretStr = getattr(self, name)
        if given.get_secret_value():
            return given.get_secret_value()
        path = self.data_dir / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = _make_key(name)
            try:
                with open(path, "x", encoding="utf-8", opener=_private) as file:
                    file.write(made)
            except FileExistsError:
                pass
        return path.read_text(encoding="utf-8").strip()


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, 0o600)


def _make_key(name: str) -> str:
    if name == "personal_data_key":
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode()
    return secrets.token_urlsafe(32)


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: with one line for each bad setting.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"TTHC_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise Misconfigured(ErrorCode.MISCONFIGURED, "; ".join(lines)) from None
