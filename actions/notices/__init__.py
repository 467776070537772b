"""What the assistant says of its own accord: one outbox for all of it, and the consent behind each notice."""
