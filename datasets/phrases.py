"""Phrases that read like the texts of code sets, with as many different words as those have. Every one is made up."""

import random

STEMS = (
    "aden", "angi", "arteri", "arthr", "blephar", "bronch", "burs", "cardi", "cephal", "cervic", "chol", "chondr",
    "col", "colp", "corne", "cost", "crani", "cyst", "dacry", "derm", "dent", "duoden", "encephal", "enter",
    "esophag", "fasci", "fibr", "gastr", "gingiv", "gloss", "gran", "hem", "hepat", "hidr", "hydr", "hyster", "ile",
    "irid", "jejun", "kerat", "laryng", "leiomy", "lip", "lith", "lymph", "mast", "mening", "metr", "myel", "myc",
    "myring", "nephr", "neur", "odont", "omphal", "oophor", "ophthalm", "orchi", "oste", "ot", "pancreat", "periton",
    "phak", "pharyng", "phleb", "pleur", "pneum", "proct", "prostat", "psych", "pulp", "pyel", "rect", "retin",
    "rhin", "salping", "sarc", "scler", "sial", "sinus", "splen", "spondyl", "stomat", "synov", "ten", "thorac",
    "thromb", "thym", "thyr", "tonsill", "trache", "trich", "typhl", "ureter", "urethr", "uve", "vagin", "vas", "ven",
    "vesic", "vulv", "xanth",
)  # fmt: skip
PREFIXES = (
    "", "", "", "", "peri", "endo", "para", "poly", "hyper", "hypo", "pan", "pachy", "micro", "macro", "dys",
    "pseudo",
)  # fmt: skip
SUFFIXES = (
    "itis", "osis", "oma", "opathy", "algia", "ectasis", "emia", "uria", "omalacia", "oplegia", "orrhagia", "orrhea",
    "ospasm", "ostenosis", "optosis", "orrhexis", "osclerosis", "odynia", "ocele", "olysis", "omegaly", "openia",
    "oplasia", "otrophy", "ophobia", "ogenesis", "odystrophy", "olithiasis", "otomy", "oedema",
)  # fmt: skip
BONES = (
    "humerus", "radius", "ulna", "femur", "tibia", "fibula", "patella", "clavicle", "scapula", "sternum", "sacrum",
    "mandible", "maxilla", "calcaneus", "talus", "navicular", "cuboid", "metacarpal", "metatarsal", "phalanx",
    "acetabulum", "ischium", "ilium", "vertebra", "rib", "skull", "orbit", "scaphoid", "lunate", "hamate",
)  # fmt: skip
PARTS = (
    "upper end", "lower end", "shaft", "head", "neck", "medial condyle", "lateral condyle", "greater tuberosity",
    "styloid process", "coronoid process", "base", "body", "epiphysis", "trochanteric part", "articular surface",
)  # fmt: skip
BREAKS = (
    "displaced", "nondisplaced", "comminuted", "oblique", "spiral", "transverse", "segmental", "greenstick", "torus",
    "avulsion", "stress", "pathological", "traumatic", "compression", "burst", "periprosthetic",
)  # fmt: skip
INJURIES = (
    "fracture", "dislocation", "sprain", "contusion", "laceration", "crushing injury", "puncture wound", "abrasion",
    "superficial foreign body", "open bite", "burn of second degree", "corrosion of third degree", "blister",
)  # fmt: skip
ENCOUNTERS = ("initial encounter", "subsequent encounter with delayed healing", "subsequent encounter", "sequela")
INTENTS = ("accidental", "intentional self-harm", "assault", "undetermined")
SIDES = ("right", "left", "unspecified side", "bilateral")
COURSES = (
    "acute", "chronic", "recurrent", "subacute", "congenital", "acquired", "secondary", "primary", "drug-induced",
    "familial",
)  # fmt: skip
TAILS = (
    "without complication", "with perforation", "with hemorrhage", "in remission", "unspecified", "with abscess",
    "due to known physiological condition", "with gangrene", "in diseases classified elsewhere", "not intractable",
    "with obstruction", "in pregnancy, second trimester", "with late onset", "without status migrainosus",
)  # fmt: skip
FORMS = (
    "injection", "infusion", "tablet, oral", "patch", "inhalation solution", "implant", "powder", "ointment",
    "suspension",
)  # fmt: skip
THINGS = (
    "wheelchair", "walker", "orthosis", "prosthesis", "catheter", "dressing", "nebulizer", "mattress", "cushion",
    "pump", "electrode", "stent", "brace", "splint", "cannula", "tubing", "battery", "ostomy pouch", "commode",
    "hearing aid",
)  # fmt: skip
QUALITIES = (
    "adjustable", "disposable", "sterile", "custom fabricated", "prefabricated", "heavy duty", "pediatric", "powered",
    "reusable", "lightweight", "hydraulic", "waterproof", "each", "per pair", "replacement only", "with attachments",
)  # fmt: skip
BEGINNINGS = (
    "am", "be", "ce", "dar", "el", "fi", "gol", "ib", "lo", "me", "ni", "ota", "pem", "ra", "sor", "tra", "ux", "ve",
    "zo",
)  # fmt: skip
MIDDLES = (
    "cili", "loxi", "tuzu", "vasta", "prami", "dani", "cetu", "rolo", "sulfa", "tinu", "betu", "zola", "mipra",
    "fura",
)  # fmt: skip
ENDINGS = (
    "mab", "nib", "pril", "sartan", "statin", "cillin", "mycin", "azole", "idone", "amide", "oxacin", "parin",
    "dronate",
)  # fmt: skip


def condition(chance: random.Random) -> str:
    """The name of a disease that nobody has: a beginning, a stem, an ending."""
    return chance.choice(PREFIXES) + chance.choice(STEMS) + chance.choice(SUFFIXES)


def drug(chance: random.Random) -> str:
    """The name of a drug that nobody makes."""
    return chance.choice(BEGINNINGS) + chance.choice(MIDDLES) + chance.choice(ENDINGS)


def diagnosis(chance: random.Random) -> str:
    """An injury or a disease, told as lists of diagnoses tell it."""
    pick, kind = chance.choice, chance.random()
    if kind < 0.35:
        bone = f"{pick(PARTS)} of {pick(SIDES)} {pick(BONES)}"
        return f"{pick(BREAKS).capitalize()} {pick(INJURIES)} of {bone}, {pick(ENCOUNTERS)}"
    if kind < 0.45:
        return f"Poisoning by {drug(chance)}, {pick(INTENTS)}, {pick(ENCOUNTERS)}"
    if kind < 0.7:
        return f"{pick(COURSES).capitalize()} {condition(chance)} of {pick(SIDES)} {pick(BONES)}, {pick(TAILS)}"
    if kind < 0.85:
        return f"{condition(chance).capitalize()} and {condition(chance)}, {pick(TAILS)}"
    return f"{pick(COURSES).capitalize()} {condition(chance)}, {pick(TAILS)}"


def supply(chance: random.Random) -> str:
    """A drug or a thing, told as lists of supplies tell it."""
    pick = chance.choice
    if chance.random() < 0.4:
        return f"{pick(FORMS).capitalize()}, {drug(chance)}, {chance.randint(1, 500)} mg"
    return f"{pick(THINGS).capitalize()}, {pick(QUALITIES)}, for {condition(chance)}, {pick(QUALITIES)}"


def procedure(chance: random.Random) -> str:
    """Something that could be done; in words of no publisher."""
    pick = chance.choice
    verb = pick(("Treatment", "Inspection", "Removal", "Repair", "Drainage", "Measurement", "Replacement"))
    return f"{verb} of {condition(chance)} near {pick(PARTS)} of {pick(BONES)}, {pick(QUALITIES)}"
