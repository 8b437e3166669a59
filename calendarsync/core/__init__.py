"""What a booking becomes. Pure values and functions: standard library, no Django, no clock, no network."""
