"""SQL that the ORM writes once a process and that is then only sent: queries and inserts of the ways everybody takes.

Below all apps, and knows none of them.
"""
