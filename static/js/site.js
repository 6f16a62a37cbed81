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

// A request that never arrived says so, and what was typed stays on the page.
const notSent = () => document.getElementById("not-sent");
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, () => { notSent().hidden = false; });
}
document.addEventListener("htmx:beforeRequest", () => { notSent().hidden = true; });

// The section list of a page is folded on small screens.
const toc = document.querySelector(".toc details");
if (toc && window.matchMedia("(max-width: 60rem)").matches) toc.open = false;
