"""Certificates: one's own, on paper, checked by anybody, revoked by managers."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import person_of
from courses.access import managed_certificate, managed_team, seen_certificate
from courses.certificate_forms import RevokeForm
from courses.certificates import continuing_education, find, issue_anew, revoke, revoked_because
from courses.models import Certificate

#: So many wrong codes from one address in so many seconds; then it has to wait.
MISSES, A_WHILE = 30, 60


@require_safe
@login_required
def certificates(request: HttpRequest) -> HttpResponse:
    """The person's own certificates."""
    mine = Certificate.objects.filter(person=person_of(request)).select_related("assignment__team", "person")
    return render(request, "courses/certificates.html", {"certificates": mine})


@require_safe
@login_required
def team_certificates(request: HttpRequest, team: int) -> HttpResponse:
    """The certificates that a team has given, for its managers."""
    managed = managed_team(person_of(request), team)
    given = Certificate.objects.filter(assignment__team=managed).select_related("person")
    return render(request, "courses/team_certificates.html", {"team": managed, "certificates": given})


@require_safe
@login_required
def certificate_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """A certificate as a file to print; what is revoked is on no paper any more."""
    from courses.pdf import certificate_pdf as drawn  # loaded when first wanted: a quarter of a second at each start

    certificate = seen_certificate(person_of(request), code)
    if certificate.revoked_at:
        return render(request, "courses/certificate_revoked.html", {"certificate": certificate}, status=410)
    file = HttpResponse(drawn(certificate, certificate.assignment.team.zone), content_type="application/pdf")
    name = slugify(certificate.course_title)[:60] or "certificate"
    file["Content-Disposition"] = f'attachment; filename="{name}-{certificate.code}.pdf"'
    file["X-Content-Type-Options"] = "nosniff"
    return file


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def certificate_revoke(request: HttpRequest, code: str) -> HttpResponse:
    """Ask why, then let a certificate hold no longer."""
    person = person_of(request)
    certificate = managed_certificate(person, code)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        revoke(certificate, form.cleaned_data["why"], by=person, at=timezone.now())
        messages.success(request, "The certificate is revoked. Whoever checks it is told so from now on.")
        return redirect("team_certificates", certificate.assignment.team_id)
    context = {"form": form, "certificate": certificate, "team": certificate.assignment.team}
    return render(request, "courses/certificate_revoke.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def certificate_anew(request: HttpRequest, code: str) -> HttpResponse:
    """Issue a certificate anew with the name that its person has now."""
    person = person_of(request)
    certificate = managed_certificate(person, code)
    if issue_anew(certificate, by=person, at=timezone.now()):
        messages.success(request, "The certificate is issued anew, with the corrected name and the same code.")
    else:
        messages.info(request, "There is nothing to correct on that certificate.")
    return redirect("team_certificates", certificate.assignment.team_id)


@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    typed = request.GET.get("code", "").strip()
    if typed:
        return redirect("verify", typed.replace("/", "")[:40] or "-")
    return render(request, "courses/verify.html", {"typed": ""})


@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a certificate holds. A wrong code says nothing of anybody."""
    key = f"verify-misses:{get_adapter().get_client_ip(request)}"
    if cache.get(key, 0) >= MISSES:
        response = render(request, "courses/verify.html", {"typed": "", "wait": True}, status=429)
        response["Retry-After"] = str(A_WHILE)
        return response
    found = find(code)
    if found is None:
        _count(key)
        return render(request, "courses/verify.html", {"typed": code[:40], "missing": True}, status=404)
    context = {
        "certificate": found,
        "education": continuing_education(found),
        "because": revoked_because(found) if found.revoked_at else "",
        "zone": found.assignment.team.time_zone,
    }
    return render(request, "courses/verify.html", context)


def _count(key: str) -> None:
    cache.add(key, 0, A_WHILE)
    try:
        cache.incr(key)
    except ValueError:  # it has expired between the two
        cache.add(key, 1, A_WHILE)
