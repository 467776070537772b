"""What messaging channels keep in the database: events taken, messages to send, people reached, keys that rotate.

Nothing here knows a platform; the platforms are in `connectors/`.
"""
