"""How well messages are understood: cross-validation of the intent classifier, its figures and their pictures."""
