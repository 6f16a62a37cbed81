"""The writing standard: what belongs into each section, what does not, and how long it is."""

STANDARDS = {
    "overview": "What the code is for, in one or two short paragraphs: the service, the body site, how it is done, and "
    "the one thing that people get wrong. No history, no billing rules, no prices. 60 to 120 words.",
    "description": "What is done to the patient and what the code includes, in our own words. The official descriptor "
    "is not copied here; with a licence it is shown by itself below this section. 80 to 150 words.",
    "procedure": "The steps in the order in which they happen, one sentence each, as a numbered list. Say which steps "
    "are included in the code. No advice on how to operate. Four to eight steps.",
    "qualifying-circumstances": "What must be true before the code may be used: patient, condition, place, approach. "
    "One line for each circumstance, each of them something that a note can show. No documentation wording. Up to "
    "120 words.",
    "when-to-use": "When this code is right, and when another is: each of the others with its number and the fact that "
    "decides. Write “use” and “do not use”, never “usually”. No billing of combinations; that is Billing. Up to 150 "
    "words.",
    "documentation": "One sentence on what the note has to prove. The items themselves are written under Documentation "
    "items, where questions can ask for them; do not repeat them here. 20 to 60 words.",
    "billing": "What may be reported together, what may not, units and modifiers. One rule a sentence, each with a "
    "rule of the page behind it, because findings lead to this section. No payer’s prices. Up to 200 words.",
    "history": "Why the code was added or changed, where that helps to use it. The events with their dates are written "
    "under Events of the history, not here. Up to 80 words; often empty.",
    "similar-codes": "How to tell the neighbours apart: which single fact decides. The codes and their glosses are "
    "written under List of similar codes. Up to 100 words.",
    "examples": "One sentence on what the examples show. The examples themselves have their own pages. No patient who "
    "could be a real one: no names, dates of birth or record numbers. Up to 40 words.",
}
OTHER = (
    "What belongs on this page and fits none of the ten standard sections. Look twice: most of it fits one. One "
    "subject a section, up to 150 words."
)


def standard(slug: str) -> str:
    """The writing standard of a section."""
    return STANDARDS.get(slug, OTHER)
