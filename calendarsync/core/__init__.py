"""What a booking becomes. Pure values and functions: standard library only, no Django, no clock, no network."""
