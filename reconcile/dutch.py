"""The product's words and phrases in Dutch, by their English."""

from __future__ import annotations

from reconcile.dutch_views import VIEWS

DUTCH: dict[str, str] = {
    **VIEWS,
    "and": "en",
    # classes
    "update-update": "tegenstrijdige wijzigingen",
    "update-delete": "gewijzigd of verwijderd",
    "first-sync difference": "verschil bij de eerste synchronisatie",
    "edit by non-owner": "wijziging door een ander dan de eigenaar",
    "reverted": "teruggedraaid",
    "loss": "verlies",
    "duplicate in one system": "dubbel in één systeem",
    "rejected": "geweigerd",
    "read-only": "alleen lezen",
    "invalid": "ongeldig",
    "stale": "verouderd",
    "still the same customer?": "nog dezelfde klant?",
    "consent": "toestemming",
    "undone": "ongedaan gemaakt",
    # severities, kinds, states
    "high": "hoog",
    "medium": "middel",
    "low": "laag",
    "person": "persoon",
    "organisation": "organisatie",
    "active": "actief",
    "archived": "gearchiveerd",
    "merged": "samengevoegd",
    "restricted": "beperkt",
    "erased": "gewist",
    "deleted": "verwijderd",
    "out_of_scope": "buiten bereik",
    "invisible": "onzichtbaar",
    # what a rule measures, and what a guard counts
    "most complete": "meest volledige",
    "min": "kleinste",
    "max": "grootste",
    "updates": "wijzigingen",
    "creates": "nieuwe records",
    "clears and new losses": "leeggemaakte velden en nieuwe verliezen",
    "deletions": "verwijderingen",
    "new conflicts": "nieuwe vragen",
    # answers
    "you know; do not ask again": "u weet het; niet meer vragen",
    "it is the same customer: its values count again, and it is written again": (
        "het is dezelfde klant: de waarden tellen weer mee, en er wordt weer geschreven"
    ),
    "confirmed today; ask again when it is old again": "vandaag bevestigd; vraag opnieuw als het weer oud is",
    "make it empty everywhere": "maak het overal leeg",
    "leave every system as it is": "laat elk systeem zoals het is",
    "keep the hub's value everywhere": "houd overal de waarde van de hub",
    "put the older value back at the source too": "zet de oude waarde ook bij de bron terug",
    "keep both: leave every system as it is": "houd beide: laat elk systeem zoals het is",
    "the consent holds for the new address, and no more for the old one": (
        "de toestemming geldt voor het nieuwe adres, en niet meer voor het oude"
    ),
    "it does not": "die geldt daar niet voor",
    "take the value you gave": "neem de waarde die u gaf",
    "an unknown time": "op een onbekend moment",
    # consents
    "granted": "gegeven",
    "denied": "geweigerd",
    "withdrawn": "ingetrokken",
    # holds
    "less than before": "minder dan eerst",
    "kept different": "mag afwijken",
    "gone": "weg",
    "leaving": "wordt overal verwijderd",
    "outlived": "elders gewijzigd, dus gebleven",
    "made again": "opnieuw gemaakt",
    "taken away": "door de hub verwijderd",
    "merged there": "daar samengevoegd",
    "seen": "gezien",
    "no reason given": "geen reden gegeven",
    "it shows the written value in its own way": "toont de geschreven waarde op zijn eigen manier",
    "is read-only in this system": "kan in dit systeem alleen gelezen worden",
    "cannot be empty in this system": "mag in dit systeem niet leeg zijn",
    "is none of the values that this system knows": "is geen waarde die dit systeem kent",
    # why a value cannot be right
    "lies in the future": "ligt in de toekomst",
    "holds characters that were lost in a conversion; correct it at the source": (
        "bevat tekens die bij een conversie verloren gingen; verbeter het bij de bron"
    ),
    "is UTF-8 that was read as Windows-1252; correct it at the source": (
        "is UTF-8 die als Windows-1252 gelezen is; verbeter het bij de bron"
    ),
    "is a day that does not exist; perhaps the month comes before the day": (
        "is een dag die niet bestaat; misschien staat de maand voor de dag"
    ),
    "is no date": "is geen datum",
    "lies before 1900": "ligt voor 1900",
    "lies before 1850": "ligt voor 1850",
    "is only zeros": "bestaat uit nullen",
    "is no IBAN: two letters, two digits, the account": (
        "is geen IBAN: twee letters, twee cijfers, de rekening"
    ),
    "has no @": "heeft geen @",
    "has more than one @: one address belongs here": "heeft meer dan één @: hier hoort één adres",
    "has a space in it": "bevat een spatie",
    "has nothing before the @": "heeft niets voor de @",
    "has no dot after the @": "heeft geen punt na de @",
    "is no e-mail address that mail can be sent to": "is geen adres waar post aankomt",
    "has no letter; correct it at the source": "bevat geen letter; verbeter het bij de bron",
    "has no letter or digit; correct it at the source": (
        "bevat geen letter of cijfer; verbeter het bij de bron"
    ),
    "is an e-mail address; correct it at the source": "is een e-mailadres; verbeter het bij de bron",
    "is of a country that has no IBANs": "is van een land zonder IBAN",
    "has not the length and structure of its country's IBANs": (
        "heeft niet de lengte en vorm van een IBAN van dat land"
    ),
    "has a typing error: its check digits are wrong": "bevat een tikfout: de controlecijfers kloppen niet",
    "is no row of initials: a letter and a dot for each name": (
        "zijn geen voorletters: een letter en een punt per naam"
    ),
    "is no whole number": "is geen geheel getal",
    "is no number": "is geen getal",
    "is too large": "is te groot",
    "has a fraction, or a mark that could mean thousands": (
        "heeft decimalen, of een teken dat duizendtallen kan betekenen"
    ),
    "is no number of the trade register: eight digits": "is geen KvK-nummer: acht cijfers",
    "has seven digits: did it lose a zero in front?": "heeft zeven cijfers: is de eerste nul weggevallen?",
    "is the number of a branch": "is het nummer van een vestiging",
    "has not eight digits": "heeft geen acht cijfers",
    "is no amount": "is geen bedrag",
    "has a currency that is not known": "heeft een onbekende valuta",
    "has no digits": "bevat geen cijfers",
    "is no number that exists in its country's numbering plan": (
        "is geen nummer dat in het nummerplan van dat land bestaat"
    ),
    "names a country that is not known": "noemt een onbekend land",
    "names a language that is not known": "noemt een onbekende taal",
    "has no Dutch postcode: four digits and two letters": (
        "heeft geen Nederlandse postcode: vier cijfers en twee letters"
    ),
    "has a house number without digits": "heeft een huisnummer zonder cijfers",
    "has a space in it: one id belongs here": "bevat een spatie: hier hoort één nummer",
    "is an e-mail address; a web site belongs here": "is een e-mailadres; hier hoort een website",
    "is no web address: its name has a dot in it": "is geen webadres: in de naam staat een punt",
    "is neither yes nor no": "is geen ja en geen nee",
    "is none of the values of the policy": "is geen waarde van het beleid",
    "is no VAT number: a country code and its number": "is geen btw-nummer: een landcode en het nummer",
    "has not the length of its country's numbers": "heeft niet de lengte van nummers van dat land",
    "is of no country in the European Union": "is niet van een land in de Europese Unie",
    "has not the structure of its country's numbers": "heeft niet de vorm van nummers van dat land",
}
