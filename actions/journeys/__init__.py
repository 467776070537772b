"""Life events: which procedures an event brings, in which order.  Knows no Rasa."""
