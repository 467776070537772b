"""Counter appointments: branches, opening hours, slots, bookings, tickets."""
