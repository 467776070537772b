"""The talk itself: what is no question, what a conversation must not forget, what must not be asked twice."""
