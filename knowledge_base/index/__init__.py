"""The search index: what a procedure looks like to it, and the two engines behind one interface."""
