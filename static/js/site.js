// Little helpers. Everything works without them; forms are plain forms.
"use strict";

// Ctrl+Enter checks the answer from any field of the form.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form[data-check]");
  if (form) {
    event.preventDefault();
    form.querySelector(".buttons .check").click(); // a click, so that htmx sends the button's value along
  }
});

// An answer that did not arrive says so, and what was typed stays on the page.
const isAnswer = (event) => event.target.matches("form[data-check]");
const notSent = (reason) => {
  const box = document.getElementById("not-sent");
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== reason;
  box.hidden = !reason;
};
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    if (isAnswer(event)) notSent(event.detail.xhr.status === 403 ? "refused" : "offline");
  });
}
document.addEventListener("htmx:beforeRequest", (event) => { if (isAnswer(event)) notSent(""); });

// When the session has ended, the sign-in page is opened as a page, not put into this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const url = new URL(event.detail.xhr.responseURL || location.href);
  if (url.pathname.startsWith("/accounts/")) {
    event.detail.shouldSwap = false;
    location.assign(url);
  }
});

// The section list of a page is folded on small screens.
const toc = document.querySelector(".toc details");
if (toc && window.matchMedia("(max-width: 60rem)").matches) toc.open = false;
