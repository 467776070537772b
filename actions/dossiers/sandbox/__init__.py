"""A dossier system for development and tests: the national portal's look-up over invented dossiers."""
