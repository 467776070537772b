"""Short interviews that end in a personal checklist.  What they ask is data; what the list says is the record's."""
