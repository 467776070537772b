"""Answers about procedures: what is wanted, about which procedure, and what its record says.  Knows no Rasa."""
