"""Swedish alphabetical order where no database sorts."""

import unicodedata

AFTER_Z = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})


def swedish_order(name: str) -> str:
    """To sort by. Letters with other marks stand where they do without; the name itself decides between two alike."""
    plain = unicodedata.normalize("NFC", name).lower().translate(AFTER_Z)
    bare = (c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return f"{''.join(bare)}\x01{name}"
