"""When an unasked-for reading takes away so much that it is not believed at once."""

EMPTIED_PERCENT = 80
EMPTIED_FROM = 5
USERS_PERCENT = 20
USERS_FROM = 10


def emptied(coming: int, withdrawn: int) -> bool:
    """Whether a reading would withdraw more than 80 % of a person's coming bookings, who had 5 or more."""
    return coming >= EMPTIED_FROM and withdrawn * 100 > coming * EMPTIED_PERCENT


def too_many(emptied_users: int, users: int) -> bool:
    """Whether more than 20 % of a provider's users were emptied, 10 or more of them."""
    return emptied_users >= USERS_FROM and emptied_users * 100 > users * USERS_PERCENT
