"""Teams, courses, assignments. Each part has its own list of addresses."""

from django.urls import URLPattern, URLResolver, path

from courses.views import assigning, building, certificates, join, letters, people, privacy, reports, taking, teams

# Teams and who is in them --------------------------------------------------------------------
PEOPLE: list[URLPattern | URLResolver] = [
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.team_new, name="team_new"),
    path("teams/<int:team>/settings/", teams.team_settings, name="team_settings"),
    path("teams/<int:team>/archive/", teams.team_archive, name="team_archive"),
    path("teams/<int:team>/people/", people.people, name="people"),
    path("teams/<int:team>/people/<int:person>/seat/", people.seat, name="seat"),
    path("teams/<int:team>/people/<int:person>/withdraw/", people.seat_withdraw, name="seat_withdraw"),
    path("teams/<int:team>/people/invite/", people.invite, name="invite"),
    path("teams/<int:team>/people/invite/link/", people.invite_link, name="invite_link"),
    path("teams/<int:team>/people/invite/list/", people.invite_list, name="invite_list"),
    path("teams/<int:team>/invitations/<int:invitation>/", people.invitation, name="invitation"),
    path("teams/<int:team>/invitations/<int:invitation>/renew/", people.invitation_renew, name="invitation_renew"),
    path(
        "teams/<int:team>/invitations/<int:invitation>/withdraw/",
        people.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("join/", join.joining, name="joining"),
    path("join/account/", join.join_account, name="join_account"),
    path("join/<str:token>/", join.join, name="join"),
]

# Courses, and what is assigned to the person -------------------------------------------------
COURSES: list[URLPattern | URLResolver] = [
    path("courses/", building.courses, name="courses"),
    path("courses/new/", building.course_new, name="course_new"),
    path("courses/changes/", building.course_changes, name="course_changes"),
    path("courses/<int:course>/", building.course, name="course"),
    path("courses/<int:course>/edit/", building.course_edit, name="course_edit"),
    path("courses/<int:course>/copy/", building.course_copy, name="course_copy"),
    path("courses/<int:course>/archive/", building.course_archive, name="course_archive"),
    path("courses/<int:course>/preview/", building.course_preview, name="course_preview"),
    path("courses/<int:course>/items/new/<slug:kind>/", building.item_new, name="item_new"),
    path("courses/<int:course>/items/<int:item>/", building.item_edit, name="item_edit"),
    path("courses/<int:course>/items/<int:item>/move/", building.item_move, name="item_move"),
    path("courses/<int:course>/items/<int:item>/remove/", building.item_remove, name="item_remove"),
    path("assignments/<int:assignment>/", taking.assignment, name="assignment"),
    path("assignments/<int:assignment>/items/<int:item>/start/", taking.item_start, name="item_start"),
    path("assignments/<int:assignment>/items/<int:item>/read/", taking.item_read, name="item_read"),
]

# Assigning -----------------------------------------------------------------------------------
ASSIGNING: list[URLPattern | URLResolver] = [
    path("teams/<int:team>/assign/", assigning.assign, name="assign"),
    path("teams/<int:team>/assignments/", assigning.assignments, name="assignments"),
    path("teams/<int:team>/assignments/change/", assigning.assignments_change, name="assignments_change"),
    path("teams/<int:team>/assignments/<int:assignment>/", assigning.assignment, name="team_assignment"),
]

# How it goes ---------------------------------------------------------------------------------
REPORTS: list[URLPattern | URLResolver] = [
    path("teams/<int:team>/", reports.team, name="team"),
    path("teams/<int:team>/map/", reports.heat, name="heat_map"),
    path("teams/<int:team>/map/<int:person>/<slug:category>/", reports.cell, name="cell"),
    path("teams/<int:team>/people/<int:person>/", reports.member, name="member"),
    path("teams/<int:team>/people/<int:person>/remediate/", reports.remediate, name="remediate"),
    path("teams/<int:team>/answers/", reports.team_answers, name="team_answers"),
    path("teams/<int:team>/answers/<int:answer>/", reports.team_answer, name="team_answer"),
    path("teams/<int:team>/cohorts/", reports.compare, name="cohorts"),
    path("teams/<int:team>/export/<slug:what>.<slug:form>", reports.team_export, name="team_export"),
]

# Mail and certificates -----------------------------------------------------------------------
LETTERS: list[URLPattern | URLResolver] = [
    path("teams/<int:team>/mail/", letters.letters, name="letters"),
    path("teams/<int:team>/mail/<int:letter>/again/", letters.letter_again, name="letter_again"),
    path("teams/<int:team>/certificates/", certificates.team_certificates, name="team_certificates"),
    path("certificates/", certificates.certificates, name="certificates"),
    path("certificates/<str:code>/pdf/", certificates.certificate_pdf, name="certificate_pdf"),
    path("certificates/<str:code>/revoke/", certificates.certificate_revoke, name="certificate_revoke"),
    path("certificates/<str:code>/anew/", certificates.certificate_anew, name="certificate_anew"),
    path("verify/", certificates.verify_form, name="verify_form"),
    path("verify/<str:code>/", certificates.verify, name="verify"),
    path("settings/my-data/", privacy.my_data, name="my_data"),
]

urlpatterns = [*PEOPLE, *COURSES, *ASSIGNING, *REPORTS, *LETTERS]
