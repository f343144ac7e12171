"""What people call their columns, in Dutch and English, and what they mean by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from reconcile.types.cleaning import plain

ADDRESS = "postal_address"
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column can be about."""

    name: str
    """The canonical field, or what the column is to the hub: id, modified, created, kind."""
    type: str
    """The semantic type of its values."""
    label: str = ""
    """What Dutch stewards call the field."""
    part: str = ""
    """For a column that holds a part of a field only: which."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A header as it was read."""

    words: tuple[str, ...]
    meaning: Meaning | None
    whole: bool
    """Nothing else stands in the header."""
    rest: tuple[str, ...] = ()
    """The words that its meaning does not need."""
    sort: str = ""
    """Whose address, mail or phone: `invoice`, `delivery`, `work`; "" where the header does not say."""

    @property
    def plain(self) -> bool:
        """Nothing but whose it is, or which of several, stands beside its meaning."""
        return _qualify(self.rest)

    @property
    def name(self) -> str:
        """The header as the name of a field."""
        name = _NOT_IN_NAMES.sub("", "_".join(self.words)).strip("_")
        usable = name[:1].isalpha() and name not in ("null", "true", "false")  # which are no text in YAML
        return name if usable else f"column_{name}".rstrip("_")


_SORTS = {
    **dict.fromkeys(("factuur", "invoice", "billing", "facturatie", "debiteuren"), "invoice"),
    **dict.fromkeys(("aflever", "bezorg", "delivery", "shipping", "verzend", "levering"), "delivery"),
    **dict.fromkeys(("post", "postal", "mailing", "correspondentie"), "postal"),
    **dict.fromkeys(("mobiel", "mobile", "mob", "gsm", "cell"), "mobile"),
    **dict.fromkeys(("werk", "zakelijk", "work", "office", "business"), "work"),
}
_QUALIFIERS = frozenset(
    {*_SORTS, "address", "addr", "adres", "home", "primary", "main", "bezoek", "woon", "prive", "of", "van"}
    | {"customer", "klant", "bedrijf", "company"}
)
"""Words that only say whose it is, or which of several."""

_BEGINNINGS = tuple(word for word in _QUALIFIERS if len(word) > 3)
"""Dutch writes on: "bezoekadres", "factuurplaats"."""

# field | type | label | part | what it is called
_TABLE = """
id|reference|||id code key klantnr klantnummer klantid klantcode customerid customernumber customerno
id|reference|||customercode relatiecode relatienr relatienummer debiteurnr debiteurnummer debiteurcode
id|reference|||recordid recid nummer number contactid userid gebruikersid accountid accountnumber
id|reference|||subscriberid subscriber lidnummer lidnr uuid guid externalid externid extern externalcode
id|reference|||clientid clientnumber memberid
modified|date|||gewijzigd gewijzigdop wijzigingsdatum datumgewijzigd datumwijziging laatstgewijzigd
modified|date|||mutatiedatum mutatie modified lastmodified lastmodifieddate modifiedat modifiedon
modified|date|||modifieddate updated updatedat lastupdate lastupdated updatedate updatedon lastchanged
modified|date|||changed changedat changedon lastchange bijgewerkt bijgewerktop lastedited lastmod
modified|date|||dateupdated datemodified
created|date|||aangemaakt aangemaaktop aanmaakdatum created createdat createdon creationdate datecreated
created|date|||createddate invoerdatum ingevoerd klantsinds customersince registered registeredat signupdate
created|date|||inschrijfdatum
given_name|given_name|Voornaam||voornaam voornamen roepnaam firstname first given givenname givennames
given_name|given_name|Voornaam||forename fname voorn
initials|initials|Voorletters||voorletters voorletter initialen initials initial
family_name|family_name|Achternaam|infix|namemiddle tussennaam tussen
family_name|family_name|Achternaam|infix|tussenvoegsel tussenvoegsels tussenv tv voorvoegsel voorvoegsels
family_name|family_name|Achternaam|infix|infix prefix nameprefix middlename
family_name|family_name|Achternaam||achternaam familienaam lastname last surname family familyname
family_name|family_name|Achternaam||geslachtsnaam sname lname
full_name|text|Naam||naam name fullname volledigenaam klantnaam customername relatienaam displayname
full_name|text|Naam||weergavenaam klant
contact_name|text|Contactpersoon||contactpersoon contactperson contactname contact contactnaam tav attn
contact_name|text|Contactpersoon||aanspreekpunt
organisation|organisation|Bedrijfsnaam||bedrijf bedrijfsnaam bedrijfnaam bedrijven company companyname
organisation|organisation|Bedrijfsnaam||organisatie
organisation|organisation|Bedrijfsnaam||organisatienaam organisation organization organisationname
organisation|organisation|Bedrijfsnaam||organizationname orgname firma firmanaam onderneming handelsnaam
organisation|organisation|Bedrijfsnaam||tradename businessname org werkgever employer instelling
organisation|organisation|Bedrijfsnaam||accountname
email|email|E-mail||email mail emailadres emailaddress mailadres mailaddress emailaddr mailto
invoice_email|email|E-mail voor facturen||factuuremail factuurmail invoiceemail billingemail emailfactuur
invoice_email|email|E-mail voor facturen||factuuremailadres
phone|phone|Telefoon||telefoon tel telefoonnummer telefoonnr telnr telnummer phone phonenumber phoneno
phone|phone|Telefoon||telephone telephonenumber vastnummer vast landline phonehome homephone telno
mobile|phone|Mobiel||mobiel mobile mobielnummer mobielnr mobieletelefoon mobilephone mobilenumber gsm
mobile|phone|Mobiel||gsmnummer cell cellphone mobieltje mob telefoonmobiel mobileno 06nummer 06nr
fax|phone|Fax||fax faxnummer faxnr faxnumber
address|postal_address|Adres|lines|addr addrline addrline1 addressfull addrfull fulladdress volledigadres
address|postal_address|Adres|more|addrline2
address|postal_address|Adres|street|straat straatnaam street streetname
address|postal_address|Adres|lines|adres address adresregel addressline adresregel1 addressline1 address1
address|postal_address|Adres|lines|adres1 street1 straatenhuisnummer straathuisnummer streetaddress
address|postal_address|Adres|lines|streetline1 postaladdress woonadres
address|postal_address|Adres|more|adresregel2 addressline2 address2 adres2 street2 streetline2
address|postal_address|Adres|number|huisnummer huisnr nr hnr housenumber houseno housenr streetnumber
address|postal_address|Adres|number|streetno
address|postal_address|Adres|addition|toevoeging huisnummertoevoeging huisnrtoevoeging toev
address|postal_address|Adres|addition|housenumberaddition addition houseaddition suffix apartment apt
address|postal_address|Adres|postcode|postcode pc zip zipcode postalcode postal postcodes postnummer
address|postal_address|Adres|city|plaats plaatsnaam woonplaats city town stad vestigingsplaats locality
address|postal_address|Adres|city|gemeente
address|postal_address|Adres|country|land landcode country countrycode countryid countryname landnaam
address|postal_address|Adres|region|provincie province state region regio county
iban|iban|IBAN||iban ibannummer rekening rekeningnummer rekeningnr bankrekening bankrekeningnummer
iban|iban|IBAN||bankaccount ibannr accountiban bankaccountnumber banknumber
kvk|kvk|KvK-nummer||kvk kvknummer kvknr coc cocnumber cocno chamberofcommerce chamberofcommercenumber
kvk|kvk|KvK-nummer||kamervankoophandel handelsregisternummer
vat_id|vat_id|Btw-nummer||btw btwnummer btwnr vat vatid vatnumber vatno btwid omzetbelastingnummer taxid
birth_date|birth_date|Geboortedatum||geboortedatum geboren gebdatum birthdate dateofbirth dob birth birthday
birth_date|birth_date|Geboortedatum||geboortedag gebdat gebdt
url|url|Website||website web url site homepage webadres internet webpagina
language|language|Taal||taal taalcode language lang languagecode locale voorkeurstaal preferredlanguage
language|language|Taal||correspondentietaal
country|country|Land||nationaliteit nationality
bsn|text|BSN||bsn burgerservicenummer sofinummer
gender|text|Geslacht||geslacht gender sex
salutation|text|Aanhef||aanhef salutation title titel
job_title|text|Functie||functie functietitel jobtitle beroep position
kind|text|||kind soort klanttype klantsoort relatietype relatiesoort customertype recordtype entitytype
notes|text|Opmerkingen||opmerking opmerkingen notitie notities note notes remark remarks comment comments
notes|text|Opmerkingen||memo
tags|tags|Labels||tags labels label tag kenmerken trefwoorden interesses interests groepen groups
revenue|money|Omzet||omzet revenue totalspent totaalbesteed jaaromzet turnover
"""

# what lists and databases shorten
_SHORTENED = {
    **dict.fromkeys(("nm", "nme"), "naam"),
    **dict.fromkeys(("nr", "num", "no"), "nummer"),
    **dict.fromkeys(("dt", "dat", "dtm"), "datum"),
    **dict.fromkeys(("adr", "adrs"), "adres"),
    **dict.fromkeys(("rek", "reknr", "bankrek", "bankreknr"), "rekening"),
    **dict.fromkeys(("wpl", "woonpl", "wplaats", "plts"), "woonplaats"),
    **dict.fromkeys(("postc", "postcd", "pcd", "pcode"), "postcode"),
    **dict.fromkeys(("hnr", "hsnr", "huisno"), "huisnummer"),
    **dict.fromkeys(("kl", "klt", "klnt"), "klant"),
    **dict.fromkeys(("cust", "cst"), "customer"),
    **dict.fromkeys(("bedr", "bdr"), "bedrijf"),
    **dict.fromkeys(("voorv", "voegsel", "tussenvgsl", "tussenvgs", "vgsl"), "voorvoegsel"),
    "addr": "address",
    "cd": "code",
    "deb": "debiteur",
    "geb": "geboorte",
    "geslt": "geslacht",
    "lnd": "land",
    "lng": "language",
    "mut": "mutatie",
    "ph": "phone",
    "rel": "relatie",
    "str": "straat",
    "telef": "telefoon",
    "toev": "toevoeging",
    "voorl": "voorletters",
    "wijz": "wijzigings",
    "ts": "datum",
    "wijzig": "wijzigings",
}


def _meanings() -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for line in _TABLE.strip().splitlines():
        name, type_, label, part, words = line.split("|")
        found |= dict.fromkeys(words.split(), Meaning(name, type_, label, part))
    return found


_MEANINGS = _meanings()
_SHORT = 3  # a name this short means something only when it stands apart: "tel", "nr", "tv"
FIELDS: dict[str, Meaning] = {m.name: m for m in _MEANINGS.values() if m.part in ("", "lines")}
"""By field the meaning that a column with such values has without any header."""


def _anything(meaning: Meaning) -> bool:
    """Would any value do? Then a word behind it counts: an "id type" is no id."""
    return meaning.name == "id" or meaning.part == "lines"


def _qualify(words: tuple[str, ...]) -> bool:
    """Do these words only say whose, or which of several?"""
    return all(word in _QUALIFIERS or word.startswith(_BEGINNINGS) or not word.isalpha() for word in words)


@lru_cache(1024)
def read(header: str) -> Heading:
    """What a header says. Its last words count most: a "company phone" is a phone.

    Databases shorten their words and put the noun first: "geb_dt", "nm_achter".
    """
    words = tuple(_WORDS.findall(plain(_HUMP.sub(" ", header))))
    full = tuple(_SHORTENED.get(word, word) for word in words)
    for spelled in (words, full, full[::-1]):
        if found := _MEANINGS.get("".join(spelled)):
            return Heading(words, found, True)
    return _last(words, words) or _last(words, full) or _compound(words)


def _last(words: tuple[str, ...], spelled: tuple[str, ...]) -> Heading | None:
    """What the last words say that mean something, as they are spelled."""
    for end in range(len(spelled), 0, -1):
        for start in range(end):
            found = _MEANINGS.get("".join(spelled[start:end]))
            if found and not (_anything(found) and not _qualify(spelled[end:])):
                rest = tuple(word for word in (*spelled[:start], *spelled[end:]) if word.isalpha())
                return Heading(words, found, not rest, rest, _sort(rest))
    return None


def _compound(words: tuple[str, ...]) -> Heading:
    """Dutch writes it in one: "factuuradres", "klanttelefoonnummer". The end of the last word names it."""
    last = next((word for word in reversed(words) if word.isalpha()), "")
    for start in range(1, len(last) - _SHORT):
        if found := _MEANINGS.get(last[start:]):
            rest = (*words[:-1], last[:start])
            return Heading(words, found, False, rest, _sort(rest))
    return Heading(words, None, False, words, _sort(words))


def _sort(words: tuple[str, ...]) -> str:
    return next((sort for word in words for name, sort in _SORTS.items() if word.startswith(name)), "")
