"""What screens, reports and workbooks say in Dutch, by their English."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    # the report of open questions
    "customer {id}": "klant {id}",
    "record": "record",
    "Open questions: {count}": "Openstaande vragen: {count}",
    "Alike": "Gelijksoortig",
    "How many": "Aantal",
    "What": "Wat",
    "For example": "Bijvoorbeeld",
    "One by one, the worst first": "Eén voor één, de ernstigste eerst",
    "No.": "Nr.",
    "Customer": "Klant",
    "Field": "Veld",
    "Values": "Waarden",
    "Severity": "Ernst",
    "Why": "Waarom",
    "Answers": "Antwoorden",
    "And {count} more, none of them worse: `klantbeeld conflicts --format csv` lists all.": (
        "En nog {count}, geen daarvan ernstiger: `klantbeeld conflicts --format csv` toont alles."
    ),
    "(empty)": "(leeg)",
    "since {day}": "sinds {day}",
    "… and {count} more; --limit 0 shows all": "… en nog {count}; --limit 0 toont alles",
    "no open conflicts": "geen openstaande vragen",
    "1 open conflict, alike together": "1 openstaande vraag, gelijksoortige bij elkaar",
    "{count} open conflicts, alike together": "{count} openstaande vragen, gelijksoortige bij elkaar",
    'klantbeeld decide --group "NAME" CHOICE answers all of a group': (
        'klantbeeld decide --group "NAAM" ANTWOORD beantwoordt een hele groep'
    ),
    "id": "nr",
    "severity": "ernst",
    "class": "soort",
    "customer": "klant",
    "customer id": "klantnummer",
    "field": "veld",
    "values": "waarden",
    "differs": "verschil",
    "why": "waarom",
    "owner": "eigenaar",
    "open since": "open sinds",
    "answers": "antwoorden",
    "open#": "open#",
    "decided#": "beslist#",
    "group": "groep",
    "such as": "zoals",
    # how old a view is
    "as of": "stand van",
    "not read yet": "nog niet gelezen",
    "{age} h ago: was out": "{age} uur geleden: deed niet mee",
    "{age} days ago: was out": "{age} dagen geleden: deed niet mee",
    # the picture of a customer
    "Customer {id}: {name}, {kind}, {status}": "Klant {id}: {name}, {kind}, {status}",
    "(no name known)": "(geen naam bekend)",
    "Records": "Records",
    "What the hub holds": "Wat de hub vasthoudt",
    "Facts": "Feiten",
    "Who says what": "Wie zegt wat",
    "Held": "Aangehouden",
    "Open conflicts": "Openstaande vragen",
    "system": "systeem",
    "joined by": "gekoppeld door",
    "changed": "gewijzigd",
    "read": "gelezen",
    "value": "waarde",
    "from": "uit",
    "since": "sinds",
    "fact": "feit",
    "second of its system": "tweede in zijn systeem",
    "held whole": "geheel aangehouden",
    "(not known)": "(niet bekend)",
    "(emptied)": "(leeggemaakt)",
    "other than the hub": "anders dan de hub",
    "empty": "leeg",
    "held": "aangehouden",
    "not right": "niet goed",
    "verified by {who} on {day}": "bevestigd door {who} op {day}",
    "locked by {who}": "vastgezet door {who}",
    "run": "run",
    "rule {name}": "regel {name}",
    "every system said so": "elk systeem zei dit",
    "only value there was": "enige waarde die er was",
    "only one changed it": "maar één systeem wijzigde het",
    "{who} decided on {day}": "{who} besliste op {day}",
    # the summary of a run
    "What needs you": "Wat op u wacht",
    "Systems": "Systemen",
    "Customers": "Klanten",
    "nothing": "niets",
    "System": "Systeem",
    "Read": "Gelezen",
    "New": "Nieuw",
    "Changed": "Gewijzigd",
    "Gone": "Weg",
    "Written": "Geschreven",
    "Not written": "Niet geschreven",
    "As of": "Stand van",
    "Out": "Uitgevallen",
    "yes": "ja",
    "plan {plan} waits ({why}): `klantbeeld apply {plan}`": (
        "plan {plan} wacht ({why}): `klantbeeld apply {plan}`"
    ),
    "{count} writes may have gone over an edit of the same moment: look at them in the audit log": (
        "{count} keer is misschien over een wijziging van hetzelfde moment heen geschreven: zie het auditlog"
    ),
    "{count} open questions: `klantbeeld conflicts`": "{count} openstaande vragen: `klantbeeld conflicts`",
    "{count} records that may be one customer or another: `klantbeeld links`": (
        "{count} records die bij meer dan één klant passen: `klantbeeld links`"
    ),
    "{count} writes given up after many attempts: `klantbeeld runs replay --dead`": (
        "{count} wijzigingen opgegeven na veel pogingen: `klantbeeld runs replay --dead`"
    ),
    "{count} records that cannot be read: correct them in their system": (
        "{count} records die niet te lezen zijn: verbeter ze in hun systeem"
    ),
    "{system} is out: {why}": "{system} doet niet mee: {why}",
    "{new} new, {joined} records joined to others": "{new} nieuw, {joined} records bij andere gevoegd",
    "asked about: {what}": "gevraagd: {what}",
    "settled by rule: {what}": "door een regel beslist: {what}",
    "{count} writes wait": "{count} wijzigingen wachten",
    "applied": "geschreven",
    "deferred": "uitgesteld",
    "unknown": "onbekend",
    "{count} open questions, set {mark}": "{count} openstaande vragen, verzameling {mark}",
    "plan {plan} waits: klantbeeld apply {plan} ({why})": (
        "plan {plan} wacht: klantbeeld apply {plan} ({why})"
    ),
    "{written} written, {open} open questions": "{written} geschreven, {open} openstaande vragen",
    "{count} records cannot be read": "{count} records zijn niet te lezen",
    # the summary of a run on a terminal
    "Run {run}: {kind}, {state}": "Run {run}: {kind}, {state}",
    ", of run {run}": ", van run {run}",
    "sync": "synchronisatie",
    "plan": "plan",
    "apply": "uitvoering",
    "decide": "beslissing",
    "part": "gedeeltelijke synchronisatie",
    "replay": "herhaling",
    "undo": "terugdraaien",
    "done": "gereed",
    "partial": "gedeeltelijk",
    "stopped": "gestopt",
    "read#": "gelezen#",
    "new#": "nieuw#",
    "changed#": "gewijzigd#",
    "gone#": "weg#",
    "to write#": "te schrijven#",
    "written#": "geschreven#",
    "not written": "niet geschreven",
    "settled by rule#": "door regel beslist#",
    "Conflicts": "Vragen",
    "Quarantined: left out until their system mends them": (
        "Apart gezet: doen niet mee tot hun systeem ze verbetert"
    ),
    "withdrawn consents, ended ahead of everything else: {systems}": (
        "ingetrokken toestemmingen, als eerste uitgevoerd: {systems}"
    ),
    "guard": "grens",
    "klantbeeld plan {plan} shows the writes; klantbeeld apply {plan} makes them": (
        "klantbeeld plan {plan} toont de wijzigingen; klantbeeld apply {plan} voert ze uit"
    ),
    "{system} was out; what is meant for it waits: {why}": (
        "{system} deed niet mee; wat ervoor bestemd is wacht: {why}"
    ),
    "1 write to {system} of unknown fate: the next syncs find out": (
        "1 wijziging in {system} waarvan onzeker is of die aankwam: blijkt bij de volgende synchronisaties"
    ),
    "{count} writes to {system} of unknown fate: the next syncs find out": (
        "{count} wijzigingen in {system} waarvan onzeker is of ze aankwamen: blijkt bij de volgende "
        "synchronisaties"
    ),
    "read again under the changed mapping or types": "opnieuw gelezen met de gewijzigde mapping of types",
    "agreed before and differ now": "waren gelijk en verschillen nu",
    "1 record cannot be read under it": "1 record is daarmee niet te lezen",
    "{count} records cannot be read under it": "{count} records zijn daarmee niet te lezen",
    "none": "geen",
    "1 write given up after many attempts: klantbeeld runs replay --dead": (
        "1 wijziging opgegeven na veel pogingen: klantbeeld runs replay --dead"
    ),
    "it would open 1 question: klantbeeld conflicts shows it already": (
        "daarmee gaat 1 vraag open: klantbeeld conflicts toont hem nu al"
    ),
    "it would open {count} questions: klantbeeld conflicts shows them already": (
        "daarmee gaan {count} vragen open: klantbeeld conflicts toont ze nu al"
    ),
    "Plan {plan} waits; when it is applied these {count} questions open": (
        "Plan {plan} wacht; wordt het uitgevoerd, dan gaan deze {count} vragen open"
    ),
    "1 customer changed since the plan was made, was left out and is planned anew": (
        "1 klant wijzigde nadat het plan gemaakt was, is overgeslagen en wordt opnieuw gepland"
    ),
    "{count} customers changed since the plan was made, were left out and are planned anew": (
        "{count} klanten wijzigden nadat het plan gemaakt was, zijn overgeslagen en worden opnieuw gepland"
    ),
    "{count} writes given up after many attempts: klantbeeld runs replay --dead": (
        "{count} wijzigingen opgegeven na veel pogingen: klantbeeld runs replay --dead"
    ),
    "1 record cannot be read: mend it in its system": (
        "1 record is niet te lezen: verbeter het in zijn systeem"
    ),
    "{count} records cannot be read: mend them in their system": (
        "{count} records zijn niet te lezen: verbeter ze in hun systeem"
    ),
    "1 open conflict: klantbeeld conflicts --group": "1 openstaande vraag: klantbeeld conflicts --group",
    "{count} open conflicts: klantbeeld conflicts --group": (
        "{count} openstaande vragen: klantbeeld conflicts --group"
    ),
    "1 record fits two customers and waits until they differ": (
        "1 record past bij twee klanten en wacht tot die verschillen"
    ),
    "{count} records fit two customers and wait until they differ": (
        "{count} records passen bij twee klanten en wachten tot die verschillen"
    ),
    "was out": "deed niet mee",
    "out": "uitgevallen",
    # who is who
    "Who is who": "Wie is wie",
    "how many#": "aantal#",
    "for example": "bijvoorbeeld",
    "new customers": "nieuwe klanten",
    "records joined by {rule}": "records gekoppeld door {rule}",
    "doubles inside {system}": "dubbelen binnen {system}",
    "records that fit two customers": "records die bij twee klanten passen",
    "too common a value for {rule}": "te gewone waarde voor {rule}",
    "so many records share one value: it proves nothing": (
        "zo veel records delen één waarde: dat bewijst niets"
    ),
    # answers given
    "1 question in “{group}”; answer: {choice}. For example:": (
        "1 vraag in “{group}”; antwoord: {choice}. Bijvoorbeeld:"
    ),
    "{count} questions in “{group}”; answer: {choice}. For example:": (
        "{count} vragen in “{group}”; antwoord: {choice}. Bijvoorbeeld:"
    ),
    "nothing was decided": "er is niets beslist",
    "Answer all {count}?": "Alle {count} beantwoorden?",
    "conflict {id}: {done}": "vraag {id}: {done}",
    "… and {count} more": "… en nog {count}",
    "left open: {why}": "opengelaten: {why}",
    "the next `klantbeeld sync` writes what follows from it": (
        "de volgende `klantbeeld sync` schrijft wat eruit volgt"
    ),
    "decided": "beslist",
    "settled_by_rule": "door een regel beslist",
    "agreed": "eens",
    "conflict {id} does not exist; `klantbeeld conflicts` lists the open ones": (
        "vraag {id} bestaat niet; `klantbeeld conflicts` toont de openstaande"
    ),
    "conflict {id} is {state}; `klantbeeld conflicts` lists the open ones": (
        "vraag {id} is {state}; `klantbeeld conflicts` toont de openstaande"
    ),
    "conflict {id} changed since it was shown; look at it again and decide anew": (
        "vraag {id} is gewijzigd sinds die getoond werd; kijk opnieuw en beslis dan"
    ),
    "conflict {id}: the old address has no consent any more, or the new one has its own; "
    "answer no, or run klantbeeld sync and look again": (
        "vraag {id}: het oude adres heeft geen toestemming meer, of het nieuwe heeft een eigen; "
        "antwoord no, of draai klantbeeld sync en kijk opnieuw"
    ),
    "conflict {id} does not take {answer}; it takes: {known}": (
        "vraag {id} kent het antwoord {answer} niet, wel: {known}"
    ),
    "that value cannot be taken: {reason}": "die waarde kan niet: {reason}",
    "it is blank; answer clear to empty the field": "is leeg; antwoord clear om het veld leeg te maken",
    # locks
    "{field} of customer {id} is no longer locked": "{field} van klant {id} staat niet meer vast",
    "{field} of customer {id} is locked until {day}": "{field} van klant {id} staat vast tot en met {day}",
    "{field} of customer {id} is locked until you lift it": (
        "{field} van klant {id} staat vast tot u het vrijgeeft"
    ),
    "locked by {who} until {day}": "vastgezet door {who} tot {day}",
    # a customer's consents
    "Consent": "Toestemming",
    "address": "adres",
    "shown by": "getoond door",
    "status": "stand",
    "said in": "gezegd in",
    "proof": "bewijs",
    "no, so it holds there only": "nee, dus geldt alleen daar",
    # the workbook
    "questions": "vragen",
    "{who} says": "{who} zegt",
    "choice": "keuze",
    "by": "door",
    "fingerprint": "kenmerk",
    "No such answer": "Dit antwoord bestaat niet",
    "Choose one of the list.": "Kies er een uit de lijst.",
    "1 question in {file}; fill in choice and by, then:": "1 vraag in {file}; vul keuze en door in, en dan:",
    "{count} questions in {file}; fill in choice and by, then:": (
        "{count} vragen in {file}; vul keuze en door in, en dan:"
    ),
    "1 answer carried out; the next sync writes what follows": (
        "1 antwoord uitgevoerd; de volgende sync schrijft wat eruit volgt"
    ),
    "{count} answers carried out; the next sync writes what follows": (
        "{count} antwoorden uitgevoerd; de volgende sync schrijft wat eruit volgt"
    ),
    "Refused": "Geweigerd",
    "row#": "rij#",
    "a cell holds a formula or an error; type the answer itself": (
        "een cel bevat een formule of een fout; typ het antwoord zelf"
    ),
    "the question is another since the workbook was written; answer it in a new one": (
        "de vraag is veranderd sinds deze werkmap gemaakt is; antwoord in een nieuwe"
    ),
    "it has a value and no choice; choose {own}, or empty the value": (
        "er is een waarde en geen keuze; kies {own}, of maak de waarde leeg"
    ),
    "the choice is not one of: {known}": "de keuze is er geen van: {known}",
    "the choice is {own} and there is none": "de keuze is {own} en die is er niet",
    "it has a choice and a value; choose {own}, or empty the value": (
        "er is een keuze en een waarde; kies {own}, of maak de waarde leeg"
    ),
    "it lacks the name of who decided, in the column {by}": (
        "de naam van wie besliste ontbreekt, in de kolom {by}"
    ),
    "no open question has this id, or it is answered further up": (
        "geen openstaande vraag heeft dit nummer, of die is hierboven al beantwoord"
    ),
}
