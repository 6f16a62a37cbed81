"""Indicators of the public files in words, for templates."""

from django import template

from codes.public_words import WORDS

register = template.Library()


@register.filter
def in_words(value: str | int, what: str) -> str:
    """What an indicator means, by what it is about (``codes.public_words``); "" for one that is not known."""
    return WORDS[what].get(str(value), "")
