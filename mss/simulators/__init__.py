"""A small world with a memory: people, calendars, a telephone exchange, and faces that speak real wire formats.

`world` remembers, with `calendars` (Microsoft) and `pbx` (One X); `seed` fills it. `application` answers for
`token`, `graph`, `onex`, `telenor_id` and `control`; `server` puts it on the network, `addresses` says what is
where, `notify` tells of changes, `faults` holds the trouble that was ordered. Written from the protocols: nothing
here imports the product.

Liberties, each said where it is taken: a notification address on loopback may be http; exceptions with a property
of their own are found under `/events`; no token is needed for `/sim/`.
"""
