"""Teams, courses, assignments, certificates, mail."""

from courses.models.assignments import Assignment, Extension, Sitting, Standing
from courses.models.certificates import Certificate
from courses.models.courses import Course, CourseItem
from courses.models.mail import Letter
from courses.models.tallies import BreakTally
from courses.models.teams import Invitation, Membership, Scoring, Team

__all__ = [
    "Assignment",
    "BreakTally",
    "Certificate",
    "Course",
    "CourseItem",
    "Extension",
    "Invitation",
    "Letter",
    "Membership",
    "Scoring",
    "Sitting",
    "Standing",
    "Team",
]
