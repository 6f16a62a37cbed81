"""Indicators of the public files in words, for templates; one that is not known is shown without words."""

from django import template

from codes import public_words

register = template.Library()


@register.filter
def global_days(value: str) -> str:
    """What the global days of a service mean."""
    return public_words.GLOBAL_DAYS.get(value, "")


@register.filter
def fee_status(value: str) -> str:
    """How the fee schedule treats a service."""
    return public_words.STATUS.get(value, "")


@register.filter
def components(value: str) -> str:
    """Whether a service has a professional and a technical part."""
    return public_words.PCTC.get(value, "")


@register.filter
def both_sides(value: str) -> str:
    """What is paid when a service is done on both sides."""
    return public_words.BILATERAL.get(value, "")


@register.filter
def counted_by(value: int) -> str:
    """How strict a most of units is."""
    return public_words.UNITS.get(value, "")


@register.filter
def modifier_helps(value: int) -> str:
    """Whether a modifier lets two services be paid together."""
    return public_words.MODIFIER.get(value, "")


@register.filter
def goes_with(value: int) -> str:
    """How the list of primaries of an add-on code is meant."""
    return public_words.ADDON.get(value, "")
