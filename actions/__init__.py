"""What the assistant does: answer from procedures, read dossiers, book appointments, hand over to a person.

Domain code knows no Rasa; `actions.rasa_actions` holds the thin rasa-sdk actions on top of it.
"""
