"""What docs/running.md has an administrator do exists: commands, files, settings; and the files are well-formed."""

import configparser
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import reverse

from editorial.data_loads import MOST_BYTES, MOST_FILES

ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "deploy"
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", RUNNING, re.DOTALL))
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in {".service", ".timer"})
CALLED = re.findall(
    r"manage\.py (\w+)((?: [^\n`;]*)?)", RUNNING + "".join((DEPLOY / unit).read_text() for unit in UNITS)
)


class Unit(configparser.ConfigParser):
    """A file of systemd."""

    def __init__(self, name: str) -> None:
        super().__init__(interpolation=None, strict=True)
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read(DEPLOY / name)


def test_every_command_there_exists_and_knows_the_options_given() -> None:
    assert len(CALLED) > 15
    for name, rest in CALLED:
        app = get_commands()[name]
        parser = load_command_class(str(app), name).create_parser("manage.py", name)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(re.findall(r"(?<= )--[\w-]+", rest)) <= known, name


def test_every_file_named_there_exists() -> None:
    named = set(re.findall(r"deploy/([\w.*-]*\w)", RUNNING)) - {"secrets.env"}
    assert {"nginx.conf", "Containerfile", "gunicorn.conf.py"} <= named
    assert not [name for name in named if not list(DEPLOY.glob(name))]


def test_every_unit_named_there_exists_and_every_unit_is_named() -> None:
    named = {f"{name}.service" for name in re.findall(r"claimwright-(?:web|worker|tend|backup)\b(?!\.timer)", RUNNING)}
    named |= set(re.findall(r"claimwright-\w+\.timer", RUNNING))
    assert named | {"claimwright-backup.service"} == set(UNITS)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_well_formed(name: str) -> None:
    unit = Unit(name)
    assert unit["Unit"]["Description"]
    if name.endswith(".timer"):
        assert (unit["Timer"]["OnCalendar"], unit["Install"]["WantedBy"]) == ("*-*-* 02:30", "timers.target")
        return
    service = unit["Service"]
    assert (service["User"], service["EnvironmentFile"]) == ("claimwright", "/etc/claimwright.env")
    assert service["ExecStart"].startswith(f"{service['WorkingDirectory']}/.venv/bin/")
    assert service["ProtectSystem"] == "strict"
    assert "claimwright" in service["StateDirectory"].split()


def settings_of_the_environment() -> set[str]:
    source = (ROOT / "coding_edu" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))


def test_the_file_of_settings_sets_what_there_is_and_what_a_shell_reads() -> None:
    lines = [line for line in (DEPLOY / "claimwright.env").read_text().splitlines() if not line.startswith("#")]
    assert {line.partition("=")[0] for line in lines} <= settings_of_the_environment()
    assert not [line for line in lines if re.search(r"[\s&;$<>|]", line)]
    assert "SECRET_KEY=" in lines


def test_the_settings_of_gunicorn_are_its_own_and_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    from gunicorn.config import Config

    known: dict[str, Any] = {}
    exec((DEPLOY / "gunicorn.conf.py").read_text(), known)
    config = Config()
    ours = {name: value for name, value in known.items() if not name.startswith("__") and name != "os"}
    for name, value in ours.items():
        config.set(name, value)
    assert config.graceful_timeout == 10
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in re.findall(r'os\.environ\.get\("(\w+)"', (DEPLOY / "gunicorn.conf.py").read_text()):
        assert f"| `{name}` |" in documented


def test_the_proxy_overwrites_what_a_client_claims_and_never_sends_a_form_twice() -> None:
    told = (DEPLOY / "nginx-proxy.conf").read_text()
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in told
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in told
    assert "non_idempotent" not in told
    conf = (DEPLOY / "nginx.conf").read_text()
    assert conf.count("proxy_pass") == conf.count("include /srv/claimwright/deploy/nginx-proxy.conf;") == 4
    large = conf[conf.index(f"location = {reverse('data')} {{") :]
    assert int(re.findall(r"client_max_body_size (\d+)m;", large)[0]) * 2**20 > MOST_FILES * MOST_BYTES
    for text in (told, conf):
        assert text.count("{") == text.count("}")


def test_the_container_runs_without_rights_and_migrates_only_when_told() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    images = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert set(images) == {"docker.io/library/python:3.11-slim-bookworm"}
    assert lines.index("USER claimwright") < lines.index('ENTRYPOINT ["deploy/entry.sh"]')
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    entry = (DEPLOY / "entry.sh").read_text()
    assert "manage.py migrate" not in entry
    assert (DEPLOY / "entry.sh").stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", str(DEPLOY / "entry.sh")], check=False).returncode == 0


def test_the_services_of_the_compose_file_do_what_the_entry_knows() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    blocks = re.split(r"^  (\w+):\n", text[text.index("services:") : text.index("\nvolumes:")], flags=re.MULTILINE)[1:]
    services = dict(zip(blocks[::2], blocks[1::2], strict=True))
    assert set(services) == {"database", "migrate", "web", "worker", "tend"}
    entry = (DEPLOY / "entry.sh").read_text()
    for name in ("worker", "tend"):
        assert f"command: [{name}]" in services[name]
        assert f"    {name}) exec" in entry
    assert "profiles: [by-hand]" in services["migrate"]
    given = re.findall(r"^    ([A-Z_]+): ", text[: text.index("services:")], re.MULTILINE)
    assert given
    assert set(given) <= settings_of_the_environment() | {"PROXIES"}


def test_the_shell_of_the_page_can_be_parsed() -> None:
    done = subprocess.run(["bash", "-n"], input=re.sub(r"<[\w ]+>", "x", SHELL), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
