"""The one error family of the assistant.

    TthcError
    ├── BadInput            what a person, a file or a caller gave cannot be used      (400, 422)
    ├── NotFound            there is no such thing                                     (404)
    ├── Conflict            it is there, but no longer as the caller believes          (409)
    ├── Refused             understood, and not allowed: limits, proof, secrets        (403, 429)
    ├── Unavailable         a part we depend on is down, slow or lying                 (503)
    └── Misconfigured       a setting is missing or wrong; said at start

Every error carries an `ErrorCode`; the citizen's sentence is looked up by it in the catalogue of texts, the
operator's log line carries code, detail and cause.  `detail` is for operators and never holds personal data.
"""

from __future__ import annotations

from enum import Enum


class ErrorCode(str, Enum):
    """Stable names, shared by platform, actions and HTTP answers."""

    BAD_REQUEST = "bad_request"
    BAD_FILE = "bad_file"
    BAD_RECORD = "bad_record"
    UNKNOWN_LAYOUT = "unknown_layout"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_EMPTY = "text_empty"
    PAYLOAD_UNKNOWN = "payload_unknown"
    PROCEDURE_UNKNOWN = "procedure_unknown"
    BRANCH_UNKNOWN = "branch_unknown"
    CHECKLIST_UNKNOWN = "checklist_unknown"
    DOSSIER_CODE_MALFORMED = "dossier_code_malformed"
    DOSSIER_DATE_IMPOSSIBLE = "dossier_date_impossible"
    DOSSIER_OTHER_PROVINCE = "dossier_other_province"
    DOSSIER_ELSEWHERE = "dossier_elsewhere"
    DOSSIER_REFUSED = "dossier_refused"
    DOSSIER_TOO_MANY_TRIES = "dossier_too_many_tries"
    DOSSIER_SYSTEM_DOWN = "dossier_system_down"
    DOSSIER_FACTOR_MALFORMED = "dossier_factor_malformed"
    SLOT_TAKEN = "slot_taken"
    SLOT_IN_PAST = "slot_in_past"
    SLOT_CLOSED = "slot_closed"
    BRANCH_FIELD = "branch_field"
    SLOT_OUT_OF_WINDOW = "slot_out_of_window"
    BOOKING_LIMIT = "booking_limit"
    BOOKING_UNKNOWN = "booking_unknown"
    BOOKING_SECRET_WRONG = "booking_secret_wrong"
    BOOKING_STATE = "booking_state"
    BOOKING_SECRET_PAUSED = "booking_secret_paused"
    BOOKING_FIELD_LIMIT = "booking_field_limit"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_UNCLEAR = "date_unclear"
    HOLD_EXPIRED = "hold_expired"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    PHONE_MALFORMED = "phone_malformed"
    CONSENT_MISSING = "consent_missing"
    REQUEST_NO_CHANNEL = "request_no_channel"
    RECEIPT_UNKNOWN = "receipt_unknown"
    COUNTER_CODE_UNREADABLE = "counter_code_unreadable"
    COUNTER_CODE_TELEX = "counter_code_telex"
    COUNTER_CODE_UNKNOWN = "counter_code_unknown"
    COUNTER_OTHER_BRANCH = "counter_other_branch"
    COUNTER_OTHER_DAY = "counter_other_day"
    COUNTER_CANCELLED = "counter_cancelled"
    COUNTER_UNCONFIRMED = "counter_unconfirmed"
    COUNTER_ALREADY_IN = "counter_already_in"
    COUNTER_CHANGED = "counter_changed"
    COUNTER_NOBODY = "counter_nobody"
    COUNTER_CALLS_LEFT = "counter_calls_left"
    COUNTER_CALLS_DONE = "counter_calls_done"
    COUNTER_FULL = "counter_full"
    COUNTER_CLOSED = "counter_closed"
    COUNTER_NOTHING_TO_UNDO = "counter_nothing_to_undo"
    COUNTER_UNDO_LATE = "counter_undo_late"
    LOGIN_WRONG = "login_wrong"
    LOGIN_PAUSED = "login_paused"
    LOGIN_OVER = "login_over"
    OFFICER_EXISTS = "officer_exists"
    OFFICER_UNKNOWN = "officer_unknown"
    RATE_LIMITED = "rate_limited"
    FORBIDDEN = "forbidden"
    SESSION_UNKNOWN = "session_unknown"
    DIALOGUE_DOWN = "dialogue_down"
    SEARCH_DOWN = "search_down"
    DATABASE_DOWN = "database_down"
    CHANNEL_DOWN = "channel_down"
    RECIPIENT_GONE = "recipient_gone"
    WINDOW_CLOSED = "window_closed"
    CATALOGUE_SOURCE_DOWN = "catalogue_source_down"
    CATALOGUE_BUSY = "catalogue_busy"
    MISCONFIGURED = "misconfigured"
    INTERNAL = "internal"


class TthcError(Exception):
    """Base of every error the project raises on purpose."""

    http_status = 500

    def __init__(self, code: ErrorCode, detail: str = "", **data: object) -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail
        self.data = data


class BadInput(TthcError):
    http_status = 422


class NotFound(TthcError):
    http_status = 404


class Conflict(TthcError):
    http_status = 409


class Refused(TthcError):
    http_status = 403


class Unavailable(TthcError):
    http_status = 503


class Misconfigured(TthcError):
    http_status = 500
