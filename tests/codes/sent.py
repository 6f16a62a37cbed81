"""What a browser without a script would send back of a form that it was shown."""

from html.parser import HTMLParser


class Fields(HTMLParser):
    """Name -> value of the filled fields of the form with an id; buttons are left out."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form
        self.inside = False
        self.values: dict[str, str] = {}
        self.open = ""
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.inside = given.get("id") == self.form
        elif not self.inside:
            return
        elif tag == "input":
            self._input(name, given)
        elif tag == "textarea":
            self.open = name
            self.values[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in given or self.select not in self.values):
            self.values[self.select] = given.get("value", "")

    def _input(self, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        if name and kind not in ("submit", "button"):
            self.values[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.values[self.open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The parser of a browser drops the newline right after the tag, and Django writes one there.
            self.values[self.open] = self.values[self.open].removeprefix("\n")
            self.open = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.inside = False


def fields_of(html: str, form: str = "rule_form") -> dict[str, str]:
    """Name -> value of every field of a form."""
    parser = Fields(form)
    parser.feed(html)
    return parser.values
