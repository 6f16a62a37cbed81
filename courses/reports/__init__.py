"""What a manager sees of a team: one module a page, read from tallies and reviews, never by looping over people."""
