// Little helpers. Everything works without them; forms are plain forms.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);

// Ctrl+Enter checks the answer from anywhere but another form or a link; single letters only where they were switched on.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest("form, a[href]") || $("form[data-check]");
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "Enter" && !plain && form?.matches("[data-check]")) {
    event.preventDefault();
    $(".buttons .check", form).click(); // a click, so that htmx sends the button's value along
  } else if (plain && $("[data-shortcuts]") && !event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select")) {
    const key = CSS.escape(event.key.toLowerCase());
    const target = $(`[data-shortcuts] :is([data-key="${key}"], [name=option][value="${key}"])`);
    if (target) { event.preventDefault(); target.focus(); target.click(); }
  }
});

// Sending an answer. What did not arrive says so, stays on the page, and is sent again by itself with the same key.
// Notes and reports go the same way: their forms are marked as well.
const SENDS = "form[data-check], form[data-send]";
const isSent = (event) => event.target.matches(SENDS);
let pressed, retry, gone = 0;
const notSent = (reason) => {
  const box = document.getElementById("not-sent");
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== reason;
  box.hidden = !reason;
};
const pageAt = async (url) => new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
// After a sign-in in another tab the form's token is stale: take the one of a fresh page. Not when it is somebody else
// who signed in: what is typed here is not theirs.
const newToken = async (form) => {
  const page = await pageAt(form.getAttribute("action")), who = page.body.dataset.person;
  if (who && who !== document.body.dataset.person) return;
  const token = $("[name=csrfmiddlewaretoken]", page)?.value;
  if (token) for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
};
const sendAgain = async (form, stale) => {
  if (stale) await newToken(form).catch(() => {});
  if (form.isConnected && pressed?.isConnected) pressed.click();
};
document.addEventListener("click", (event) => {
  if (event.target.closest("#try-again") && pressed) sendAgain(pressed.form, false);
});
// htmx does not see which button outside of the form was pressed, so a twin inside is.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[form]"), form = button?.form;
  if (!form || !form.matches("[data-check]")) return;
  event.preventDefault();
  const twin = Object.assign(document.createElement("button"), { name: button.name, value: button.value, hidden: true });
  form.append(twin);
  twin.click();
});
document.addEventListener("htmx:confirm", (event) => {
  if (isSent(event)) pressed = event.detail.triggeringEvent?.submitter;
});
document.addEventListener("htmx:configRequest", (event) => {
  if (isSent(event) && gone) event.detail.parameters.set("offline", Math.round((Date.now() - gone) / 1000));
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isSent(event)) clearTimeout(retry);
});
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    const form = event.target, status = event.detail.xhr.status, stale = status === 403;
    if (!isSent(event) || (status >= 400 && status < 500 && !stale)) return;
    const refused = stale && form.dataset.replayed;
    notSent(refused ? "refused" : "offline");
    gone ||= Date.now();
    if (stale) form.dataset.replayed = "once";
    clearTimeout(retry);
    if (!refused) retry = setTimeout(sendAgain, stale ? 0 : 3000, form, stale);
  });
}

// When the session has ended, the sign-in page is opened as a page, not put into this one. The server keeps the answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  const url = new URL(event.detail.xhr.responseURL || location.href);
  if (url.pathname.startsWith("/accounts/")) {
    event.detail.shouldSwap = false;
    // A preview that was asked for while somebody types leaves the page as it is.
    if (!["input", "change"].includes(event.detail.requestConfig.triggeringEvent?.type)) location.assign(url);
  } else if (event.detail.shouldSwap && event.detail.requestConfig.elt.matches(SENDS)) {
    notSent(""); // a reply of any kind has come
    gone = 0;
  }
});

// The section list of a page is folded on small screens.
const toc = $(".toc details");
if (toc && window.matchMedia("(max-width: 60rem)").matches) toc.open = false;
