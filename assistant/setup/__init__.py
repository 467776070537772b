"""Set-up and operation: the two environments, the launcher of all processes, and what is missing or up."""
