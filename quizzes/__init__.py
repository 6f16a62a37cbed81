"""What is asked, what was answered, and what is remembered of it.

Making questions: ``asking`` (a scenario or variant told as a note), ``formats/``, ``gate``, ``cases``,
``stakes`` (which rule is at stake where), ``drawing`` (what a set holds), ``pools`` and ``sets`` (what it
is drawn from), ``pinning``.
Answering: ``practice`` (start, draft, submit), ``exams``, ``sending`` (what a form sends), ``marking``,
``hints``, ``feedback``.
Remembering: ``schedule`` (pure), ``memory``, ``review``, ``reminders``, ``simulation`` and its chart.
Looking back: ``progress`` with ``charts`` and ``shares``, ``mistakes``, ``notebook``, ``reports``.
Pages: ``pages``, ``today``, ``builder``, ``try_it``, ``educators``; ``views/`` are thin. ``access`` hands
out what a person may see.
"""
