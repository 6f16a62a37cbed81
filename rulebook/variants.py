"""Other encounters made of one: minimal pairs, in which one fact is changed, and mixes of several.

No clock and no chance of its own: the same encounter, library and seed give the same variants.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from rulebook.book import Rulebook
from rulebook.derive import derive
from rulebook.facts import Change, differences
from rulebook.grade import grade
from rulebook.icd import covers
from rulebook.kinds import KIND
from rulebook.kinds.base import Contrast, match_facets
from rulebook.library import Library
from rulebook.types import NO_FAULT, Accepted, Claim, Derivation, Encounter, Finding, Rule, Service

MIXES = 6
LAST_DAY = date(2025, 12, 31)
OTHER_VALUES = 3
#: So many days before the day of a change, and from it on, are close to it.
CLOSE = 14
#: What a claim is supported by: a change of these may leave it without support, and that is the lesson.
_SUPPORTING = ("documented", "diagnosis", "diagnoses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An encounter made of another one, with the claim that follows from it.

    ``rule`` is the id of the rule it turns on (empty: on none), ``changes`` what differs from the encounter it was
    made of, ``flips`` whether another claim follows (or the same claim is no longer supported).
    A mix of several changes has the rule of its last one.
    """

    encounter: Encounter
    book: Rulebook
    derivation: Derivation
    rule: str
    flips: bool
    changes: tuple[Change, ...]


def _none(encounter: Encounter) -> bool:
    return False


def variants(
    encounter: Encounter, library: Library, seed: int, about: str = "", without: Callable[[Encounter], bool] = _none
) -> Iterator[Variant]:
    """The minimal pairs of an encounter, those about a rule kind first, then mixes; the seed decides their order.

    ``without`` says of which encounters no pairs are made.
    """
    yield from minimal_pairs(encounter, library, seed, about, without)
    yield from mixes(encounter, library, seed)


def minimal_pairs(
    encounter: Encounter, library: Library, seed: int, about: str = "", without: Callable[[Encounter], bool] = _none
) -> Iterator[Variant]:
    """One fact changed, the outcome flipped or instructively kept; each encounter once, those about a kind first."""
    chance = Random(seed)
    base = _Base.of(encounter, library)
    if base is None:
        return
    contrasts = [(rule, contrast) for rule in base.rules() for contrast in KIND[rule.kind].contrasts(rule.params)]
    chance.shuffle(contrasts)
    contrasts.sort(key=lambda one: one[0].kind != about)
    seen = [encounter]
    for rule, contrast in contrasts:
        for changed in _changed(contrast, rule, base, chance):
            if changed not in seen:
                seen.append(changed)
                if without(changed):
                    continue
                variant = _variant(changed, rule, contrast, base, library)
                if variant is not None:
                    yield variant


def mixes(encounter: Encounter, library: Library, seed: int, most: int = MIXES) -> Iterator[Variant]:
    """Two or three facts changed one after the other, with another patient on another day."""
    chance = Random(seed)
    seen = [encounter]
    for _ in range(most):
        mixed = _mixed(encounter, library, chance)
        if mixed is not None and mixed.encounter not in seen:
            seen.append(mixed.encounter)
            yield mixed


def another_day(encounter: Encounter, library: Library, seed: int) -> Encounter:
    """The same case with another patient on a later day; what follows from it is the same."""
    return _elsewhere(encounter, library, Random(seed))


def moved(encounter: Encounter, library: Library, seed: int) -> Variant | None:
    """The same case with another patient on a later day as a variant, which turns on no rule; None where it cannot."""
    later = another_day(encounter, library, seed)
    book = library.on(later.date_of_service)
    derivation = derive(later, book)
    if later == encounter or not derivation.accepted:
        return None
    return Variant(
        encounter=later, book=book, derivation=derivation, rule="", flips=False, changes=differences(encounter, later)
    )


def around(
    encounter: Encounter, library: Library, rules: Collection[str], day: date, seed: int
) -> Iterator[Variant]:  # fmt: skip
    """The same case on days close to one from which on rules are other ones, before it and from it on by turns.

    Only where one of these rules makes another claim of it; the rule is what the variant turns on. The seed decides
    which days come first, and how old the patients are.
    """
    chance = Random(seed)
    eve, first = (_Base.of(replace(encounter, date_of_service=one), library) for one in (day - timedelta(1), day))
    if eve is None or first is None or not (eve.clean and first.clean) or eve.accepted.claim == first.accepted.claim:
        return
    told = [*_faults(eve.accepted.claim, first), *_faults(first.accepted.claim, eve)]
    turns_on = next((finding.rule for finding in told if finding.rule in rules), "")
    for nearby in _nearby(day, chance) if turns_on else ():
        base = first if nearby >= day else eve
        moved = _other_age(replace(encounter, date_of_service=nearby), chance)
        if all(one.date <= nearby for one in encounter.earlier) and _same(base.encounter, moved, library):
            book = library.on(nearby)
            yield Variant(
                encounter=moved, book=book, derivation=derive(moved, book), rule=turns_on, flips=True,
                changes=differences(encounter, moved),
            )  # fmt: skip


def _nearby(day: date, chance: Random) -> Iterator[date]:
    """Days around a day, by turns before it and from it on."""
    sides = [[day - timedelta(one + 1) for one in range(CLOSE)], [day + timedelta(one) for one in range(CLOSE)]]
    chance.shuffle(sides)
    for side in sides:
        chance.shuffle(side)
    return (one for pair in zip(*sides, strict=True) for one in pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """The encounter that variants are made of, with its accepted claim."""

    encounter: Encounter
    book: Rulebook
    derivation: Derivation
    accepted: Accepted
    clean: bool

    @classmethod
    def of(cls, encounter: Encounter, library: Library) -> "_Base | None":
        """None where nothing follows from the encounter, or not everything can be decided."""
        book = library.on(encounter.date_of_service)
        derivation = derive(encounter, book)
        if not derivation.accepted or derivation.undecided:
            return None
        accepted = derivation.accepted[0]
        clean = grade(accepted.claim, encounter, book, derivation).clean
        return cls(encounter=encounter, book=book, derivation=derivation, accepted=accepted, clean=clean)

    def rules(self) -> Iterator[Rule]:
        """The rules of what is reported, and of what includes something."""
        codes = dict.fromkeys(line.code for line in self.accepted.claim.lines)
        codes |= dict.fromkeys(bundled.rule.code for bundled in self.accepted.bundled)
        for code in codes:
            yield from self.book.of(code)

    def services_of(self, rule: Rule, contrast: Contrast) -> tuple[int, ...]:
        """The services that the rule's code reports, or those that the rule takes off the claim."""
        if contrast.bundled:
            return tuple(one.service for one in self.accepted.bundled if one.rule.id == rule.id)
        lines = zip(self.accepted.claim.lines, self.accepted.services, strict=True)
        return next((services for line, services in lines if line.code == rule.code), ())


def _variant(changed: Encounter, rule: Rule, contrast: Contrast, base: _Base, library: Library) -> Variant | None:
    """The changed encounter as a variant, if it can be decided and the change has to do with the rule."""
    after = _Base.of(changed, library)
    if after is None or not _likely(contrast, base, after):
        return None
    flips = after.accepted.claim != base.accepted.claim or after.clean != base.clean
    changes = differences(base.encounter, changed)
    if not flips and contrast.fact not in _OF_THE_ENCOUNTER and not all(change.before for change in changes):
        return None  # a facet of which the note has never spoken, and which changes nothing
    # A deliberate change may leave the claim as it is; any other value of a facet is only taken for what it flips.
    deliberate = contrast.value is not None or contrast.fact in ("service", "documented")
    turned_on = _turns_on(rule, base, after, deliberate) if flips else ""
    if not turned_on and not deliberate:
        return None
    return Variant(
        encounter=changed, book=after.book, derivation=after.derivation, rule=turned_on or rule.id, flips=flips,
        changes=changes,
    )  # fmt: skip


def _likely(contrast: Contrast, base: _Base, after: _Base) -> bool:
    """Whether the changed note is one that somebody could have written.

    Not when its diagnosis or its side was left behind with what was changed.
    """
    before, now = base.accepted.claim, after.accepted.claim
    if base.clean and not after.clean and (before != now or contrast.fact not in _SUPPORTING):
        return False
    lines = zip(now.lines, after.accepted.services, strict=True)
    new = [(line.code, services) for line, services in lines if line.code not in {one.code for one in before.lines}]
    return not any(_unsaid(code, services, after) for code, services in new)


def _unsaid(code: str, services: tuple[int, ...], case: _Base) -> bool:
    """Whether a code tells sides apart, and the note does not say which."""
    rules = [rule for rule in case.book.of(code, "modifier") if rule.params.both]
    return any(rule.params.facet not in case.encounter.services[index].facets for rule in rules for index in services)


def _turns_on(rule: Rule, base: _Base, after: _Base, deliberate: bool) -> str:
    """The rule that says why one claim is wrong for the other note: this one, one of its kind, any that does.

    A rule that named the change by itself is what it turns on, even where another one speaks of the difference.
    """
    told = [*_faults(base.accepted.claim, after), *_faults(after.accepted.claim, base)]
    kin = [finding.rule for finding in told if finding.kind == rule.kind]
    spoken = [finding.rule for finding in told]
    return rule.id if rule.id in spoken else next(iter([*kin, *([rule.id] if deliberate else spoken)]), "")


def _faults(claim: Claim, case: _Base) -> list[Finding]:
    graded = grade(claim, case.encounter, case.book, case.derivation)
    return [finding for finding in graded.findings if finding.outcome not in NO_FAULT]


# One change ---------------------------------------------------------------------------


def _changed(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """The encounters in which a contrast is carried out."""
    make = _OF_THE_ENCOUNTER.get(contrast.fact)
    if make is not None:
        yield from make(contrast, rule, base, chance)
        return
    for index in base.services_of(rule, contrast)[:2]:
        yield from _facet(contrast, index, base, chance)


def _date(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    day = date.fromisoformat(str(contrast.value))
    if all(one.date <= day for one in base.encounter.earlier):
        yield replace(base.encounter, date_of_service=day)


def _place(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    if base.encounter.place_of_service is not None:
        yield replace(base.encounter, place_of_service=str(contrast.value))


def _age(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    if base.encounter.patient.age is not None and isinstance(contrast.value, int) and contrast.value >= 0:
        yield replace(base.encounter, patient=replace(base.encounter.patient, age=contrast.value))


def _sex(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    if base.encounter.patient.sex is not None:
        yield replace(base.encounter, patient=replace(base.encounter.patient, sex=str(contrast.value)))


def _documented(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """One item of the page's list is not shown any more; a note of which nothing was said shows all, or all but one."""
    facts, shown = base.book.codes.get(rule.code), base.encounter.documented
    asked = [item.slug for item in facts.documentation] if facts else []
    listed = [slug for slug in asked if shown is None or slug in shown]
    if listed and shown is None:
        yield replace(base.encounter, documented=frozenset(listed))
    if listed:
        yield replace(base.encounter, documented=(shown or frozenset(listed)) - {chance.choice(listed)})


def _diagnoses(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """One more diagnosis in the note."""
    given = base.encounter.diagnoses
    if given and contrast.value not in given:
        yield replace(base.encounter, diagnoses=(*given, str(contrast.value)))


def _diagnosis(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """Another diagnosis in place of the first."""
    given = base.encounter.diagnoses
    if given and contrast.value not in given:
        yield replace(base.encounter, diagnoses=(str(contrast.value), *given[1:]))


def _undiagnosed(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """The note without a diagnosis that an entry of a list stands for, as long as another is left."""
    left = tuple(code for code in base.encounter.diagnoses if not covers(str(contrast.value), code))
    if left and left != base.encounter.diagnoses:
        yield replace(base.encounter, diagnoses=left)


def _service(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """A service more, or the same encounter without the one that is like it."""
    services = base.encounter.services
    like = [service for service in services if match_facets(contrast.service, service).full]
    if like and len(like) < len(services):
        yield replace(base.encounter, services=tuple(service for service in services if service not in like))
    elif not like:
        for service in _completed(contrast.service, base, chance):
            yield replace(base.encounter, services=(*services, service))


def _procedure(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """One service less: that of the rule's code, or the one that this code may not do without."""
    services = base.encounter.services
    lines = zip(base.accepted.claim.lines, base.accepted.services, strict=True)
    concerned = {rule.code, *KIND[rule.kind].names(rule.params)}
    for index in [index for line, own in lines if line.code in concerned for index in own]:
        if len(services) > 1:
            yield replace(base.encounter, services=services[:index] + services[index + 1 :])


def _primary(contrast: Contrast, rule: Rule, base: _Base, chance: Random) -> Iterator[Encounter]:
    """Another value of a fact by which a code was chosen that the rule names: its service has another code then."""
    lines = zip(base.accepted.claim.lines, base.accepted.services, strict=True)
    named = KIND[rule.kind].names(rule.params)
    for code, index in [(line.code, index) for line, own in lines if line.code in named for index in own]:
        facets = {facet for selection in base.book.of(code, "selection") for facet in selection.params.facets}
        for facet in sorted(facets - {"procedure"}):
            yield from _facet(replace(contrast, fact=facet), index, base, chance)


Make = Callable[[Contrast, Rule, _Base, Random], Iterator[Encounter]]
_OF_THE_ENCOUNTER: Mapping[str, Make] = {
    "date_of_service": _date,
    "place_of_service": _place,
    "patient.age": _age,
    "patient.sex": _sex,
    "documented": _documented,
    "diagnoses": _diagnoses,
    "diagnosis": _diagnosis,
    "undiagnosed": _undiagnosed,
    "service": _service,
    "procedure": _procedure,
    "primary": _primary,
}


def _facet(contrast: Contrast, index: int, base: _Base, chance: Random) -> Iterator[Encounter]:
    """Another count or another value of a facet of one service."""
    service = base.encounter.services[index]
    if contrast.fact == "count":
        others = [count for count in range(1, 5) if count != service.count]
        changed = [replace(service, count=chance.choice(others))]
    else:
        values = [str(contrast.value)] if contrast.value is not None else _others(contrast.fact, service, base, chance)
        changed = [replace(service, facets={**service.facets, contrast.fact: value}) for value in values]
    services = base.encounter.services
    for one in changed:
        if one != service:
            yield replace(base.encounter, services=(*services[:index], one, *services[index + 1 :]))


def _others(facet: str, service: Service, base: _Base, chance: Random) -> list[str]:
    """Values of a facet that the rules about this procedure know, without the one it has."""
    selectors = base.book.selectors(service.facets.get("procedure"))
    values = {value for rule in selectors for value in rule.params.facets.get(facet, ())}
    sides = {
        value
        for code in {rule.code for rule in selectors}
        for rule in base.book.of(code, "modifier")
        if rule.params.facet == facet
        for value in rule.params.modifiers
    }
    others = sorted((values | sides) - {service.facets.get(facet)})
    chance.shuffle(others)
    return others[:OTHER_VALUES]


def _completed(facets: Mapping[str, tuple[str, ...]], base: _Base, chance: Random) -> Iterator[Service]:
    """A service with these facets, and where a code asks for more of the same kind, with those as well."""
    least = {facet: values[0] for facet, values in facets.items()}
    fitting = [
        rule.params.facets
        for rule in base.book.selectors(least.get("procedure"))
        if all(set(values) & set(rule.params.facets.get(facet, values)) for facet, values in facets.items())
    ]
    wanted = chance.choice(fitting) if fitting else {}
    yield Service(facets={**{facet: values[0] for facet, values in wanted.items()}, **least})


# Several changes -------------------------------------------------------------------------


def _mixed(encounter: Encounter, library: Library, chance: Random) -> Variant | None:
    """A chain of minimal pairs, each made of the last, and then another patient on another day."""
    variant: Variant | None = None
    touched: set[str] = set()
    for _ in range(chance.choice((1, 2, 2, 3))):
        base = variant.encounter if variant else encounter
        pairs = minimal_pairs(base, library, chance.randrange(2**32))
        step = next((one for one in pairs if _is_another(one, touched)), None)
        if step is None:
            break
        touched |= {change.path for change in step.changes}
        variant = step
    if variant is None:
        return None
    moved = _elsewhere(variant.encounter, library, chance)
    book = library.on(moved.date_of_service)
    derivation = derive(moved, book)
    claims = {one.claim for one in derivation.accepted}
    before = derive(encounter, library.on(encounter.date_of_service))
    return Variant(
        encounter=moved, book=book, derivation=derivation, rule=variant.rule,
        flips=claims != {one.claim for one in before.accepted}, changes=differences(encounter, moved),
    )  # fmt: skip


def _is_another(step: Variant, touched: set[str]) -> bool:
    """Whether a step changes one or two facts that no step before it has touched."""
    return len(step.changes) < 3 and touched.isdisjoint(change.path for change in step.changes)


def _elsewhere(encounter: Encounter, library: Library, chance: Random) -> Encounter:
    """Another age within the same stage of life and a later day, as far as the same claim follows."""
    moved = encounter
    for change in (_other_age, _later):
        tried = change(moved, chance)
        if _same(moved, tried, library):
            moved = tried
    return moved


def _other_age(encounter: Encounter, chance: Random) -> Encounter:
    age = encounter.patient.age
    if age is None:
        return encounter
    low, high = (max(age - 3, 2), min(age + 3, 17)) if age < 18 else (max(18, age - 9), min(age + 9, 92))
    return replace(encounter, patient=replace(encounter.patient, age=chance.randint(low, max(low, high))))


def _later(encounter: Encounter, chance: Random) -> Encounter:
    """Never earlier, because a diagnosis of the note may not be older than its day."""
    room = (LAST_DAY - encounter.date_of_service).days
    if room <= 0:
        return encounter
    return replace(encounter, date_of_service=encounter.date_of_service + timedelta(days=chance.randint(1, room)))


def _same(one: Encounter, other: Encounter, library: Library) -> bool:
    """Whether the same claims follow from two encounters."""
    derived = [derive(each, library.on(each.date_of_service)) for each in (one, other)]
    return bool(derived[0].accepted) and not derived[1].undecided and _claims(derived[0]) == _claims(derived[1])


def _claims(derivation: Derivation) -> list[Claim]:
    return [accepted.claim for accepted in derivation.accepted]
