"""The HTTP API, one router a file.  Errors of the family leave as `{"error": {"code", "message"}}`."""
