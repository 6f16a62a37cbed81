"""Public code sets as they are downloaded: edits, units, relative values, codes and their notes, by date of service.

Nothing here is related to a row of any other app. Each load of a file is a *release*: a set of tables of its own
that is built aside and is there whole or not at all, so that quarters stand side by side and readers notice nothing.
"""
