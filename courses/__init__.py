"""Who must do what until when, and how it goes: teams, courses, assignments, reports, mail, certificates."""
