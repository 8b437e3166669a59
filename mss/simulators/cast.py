"""Who lives in the seeded world: invented names, titles and departments."""

PEOPLE = """
Anna Berg|Säljare|Försäljning
Björn Åkesson|Regionchef|Försäljning
Cecilia Lindström|Ekonomichef|Ekonomi
David Öberg|Utvecklare|IT
Eva Sjögren|HR-partner|Personal
Fredrik Hägg|Projektledare|Leverans
Gunilla Mårtensson|Kundtjänst|Kundservice
Håkan Nordström|Servicetekniker|Leverans
Ingrid Björklund|Receptionist|Kundservice
Johan Ek|Säljare|Försäljning
Karin Nyström|Kontorschef|Ledning
Lars Wikström|Verkställande direktör|Ledning
Märta Söderberg|Controller|Ekonomi
Nils Åström|Lagerarbetare|Lager
Olof Lundqvist|Jurist|Ledning
Pernilla Bäckström|Inköpare|Inköp
Rasmus Hellström|Utvecklare|IT
Siobhan O'Brien|Produktchef|Marknad
Tomas Fält|Systemtekniker|IT
Ulrika Sandström|Kommunikatör|Marknad
Viktor Ängström|Säljare|Försäljning
Yvonne Grönlund|Löneassistent|Personal
Åsa Öhman|Kvalitetschef|Leverans
Örjan Ljungberg|Servicetekniker|Leverans
Maria Hjälm|Kundtjänst|Kundservice
Mohammed Al-Rashid|Utvecklare|IT
Elin Forsström|Grafisk formgivare|Marknad
Per-Erik Häggkvist|Fastighetsskötare|Lager
Sara Vägnerud|Rekryterare|Personal
Jonas Åhlén|Lagerchef|Lager
Lena Mörk|Redovisningsekonom|Ekonomi
Henrik Sjöö|Affärsutvecklare|Försäljning
Malin Brännström|Testledare|IT
Gustav Åberg|Inköpschef|Inköp
Sofia Källström|Projektledare|Leverans
Mikael Röding|Säljare|Försäljning
Therese Wågström|Eventansvarig|Marknad
Emil Hjärpe|Praktikant|IT
Birgitta Lönn|Växeltelefonist|Kundservice
Oskar Tägt|Lagerarbetare|Lager
"""

FABRIKAM = """
Agneta Strömberg|Verkställande direktör|Ledning
Daniel Höglund|Produktionschef|Produktion
Jenny Mård|Planerare|Produktion
Kristoffer Åslund|Säljare|Försäljning
Linnéa Wärn|Ekonom|Ekonomi
Stefan Björk|Tekniker|Produktion
"""

# Addresses that are not made of first and last name: what real directories hold.
ADDRESSES = {
    "Siobhan O'Brien": "siobhan.o'brien@contoso.test",
    "Johan Ek": "Johan.Ek@Contoso.test",
    "Gunilla Mårtensson": "gunilla.martensson+kund@contoso.test",
    "Åsa Öhman": "åsa.öhman@contoso.test",
}
ALIASES = {
    "Fredrik Hägg": "fredde@contoso.test",
    "Ulrika Sandström": "ulrika.berggren@contoso.test",
    "Tomas Fält": "it-jour@contoso.test",
    "Anna Berg": "anna.berg@contoso-nordic.test",
}
# One X knows these two by an alias.
KNOWN_BY_ALIAS = ("Fredrik Hägg", "Ulrika Sandström")
OTHER_UPN = {"Lars Wikström": "lawi01@contoso.test", "Elin Forsström": "elin.jonsson@contoso.test"}
OTHER_ZONE = {"Mohammed Al-Rashid": "FLE Standard Time", "Siobhan O'Brien": "GMT Standard Time"}
NO_MAILBOX = ("Nils Åström", "Per-Erik Häggkvist", "Oskar Tägt")
NO_EMAIL = "Birgitta Lönn"
# Of which companies; the first one's is the address. The other people have a Telenor ID and no rights.
ADMINISTRATORS = {
    "Karin Nyström": ["contoso", "fabrikam"],
    "Anna Berg": ["contoso"],
    "Agneta Strömberg": ["fabrikam"],
}
# Has a Telenor ID, and a mobile telephone for private use.
NO_SUBSCRIPTION = ("Sixten Halvarsson", "sixten.halvarsson@mejl.test")
NO_DIVERSION = (
    *("Ingrid Björklund", "Nils Åström", "Örjan Ljungberg", "Per-Erik Häggkvist"),
    *("Emil Hjärpe", "Birgitta Lönn", "Oskar Tägt", "Yvonne Grönlund"),
)


def lines(text: str) -> list[list[str]]:
    """Name, title and department of each."""
    return [each.split("|") for each in text.strip().splitlines()]
