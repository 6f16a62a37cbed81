"""What the indicators of the public files mean, in our own words."""

GLOBAL_DAYS = {
    "000": "Visits on the day itself are part of it; no days after it.",
    "010": "A minor procedure: the day itself and the 10 days after it.",
    "090": "A major procedure: the day before, the day itself and the 90 days after it.",
    "MMM": "Maternity care; the usual global days do not apply.",
    "XXX": "The global period does not apply.",
    "YYY": "The contractor decides about the global period.",
    "ZZZ": "An add-on: its global period is that of the service it is added to.",
}
STATUS = {
    "A": "Paid separately under the fee schedule.",
    "B": "Bundled: payment is always part of another service.",
    "C": "The contractor sets the price.",
    "D": "Deleted.",
    "E": "Excluded from the fee schedule by regulation.",
    "F": "Deleted or discontinued.",
    "G": "Not valid for Medicare; another code is used.",
    "H": "The modifier is deleted.",
    "I": "Not valid for Medicare; another code is used.",
    "J": "An anesthesia service, paid by its own units.",
    "M": "For measurement only, not paid.",
    "N": "Not covered by Medicare.",
    "P": "Bundled or excluded: paid with another service, or not at all.",
    "Q": "For reporting of therapy only.",
    "R": "Covered with restrictions.",
    "T": "Paid only when nothing else is paid to the same provider that day.",
    "X": "Excluded by law; not a physician’s service.",
}
PCTC = {
    "0": "A physician’s service: 26 and TC do not apply.",
    "1": "A diagnostic test: 26 for the reading, TC for the technical part.",
    "2": "The professional part alone: 26 and TC do not apply.",
    "3": "The technical part alone: 26 and TC do not apply.",
    "4": "The whole test; its parts have codes of their own.",
    "5": "Incident to a physician’s service: 26 and TC do not apply.",
    "6": "A laboratory test that a physician interprets: 26 applies, TC does not.",
    "7": "Physical therapy: not paid when independent therapists bill it.",
    "8": "A physician’s reading of a smear: TC does not apply.",
    "9": "The distinction does not apply.",
}
BILATERAL = {
    "0": "Not paid more on both sides: 50 does not apply.",
    "1": "Both sides: modifier 50, paid at 150 %.",
    "2": "The value is for both sides already: 50 does not apply.",
    "3": "Both sides: each is paid in full, with 50 or with LT and RT.",
    "9": "The concept does not apply.",
}
UNITS = {
    "1": "For each claim line. More can go on a line of its own, where a modifier says why.",
    "2": "For each day, absolute: more are never paid.",
    "3": "For each day: more only with a clinical reason in the record.",
}
MODIFIER = {
    "0": "never together",
    "1": "with modifier and reason",
    "9": "no edit any more",
}
ADDON = {
    "1": "A closed list: it goes with these codes and no others.",
    "2": "No list: the contractor decides with which codes it goes.",
    "3": "An open list: with these codes, and with others that the contractor names.",
}
NOTES = {
    "excludes1": "Excludes1: not coded here, never both",
    "excludes2": "Excludes2: no part of it, both may be coded",
    "code-first": "Code first",
    "use-additional": "Use additional code",
    "code-also": "Code also",
    "includes": "Includes",
    "inclusion": "Inclusion terms",
}
#: What they are about -> indicator -> its meaning.
WORDS = {
    "global": GLOBAL_DAYS, "status": STATUS, "parts": PCTC, "sides": BILATERAL, "units": UNITS, "modifier": MODIFIER,
    "add-on": ADDON, "note": NOTES,
}  # fmt: skip
