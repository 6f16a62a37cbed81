// What is typed into a form with data-autosave is kept on the server as one types. What cannot be sent waits in this
// browser, under the number of whoever typed it; the next page with this form that they open sends it, and shows what
// the server then has.
"use strict";

const typing = () => $("form[data-autosave]");
const says = (form, text) => { const place = $("[data-says]", form); if (place) place.textContent = text; };
const nameOf = (form) => `typed:${document.body.dataset.person}:${form.dataset.autosave}:${form.elements.part.value}`;
const waitsHere = (form, text) => {
  try {
    if (text === undefined) return localStorage.getItem(nameOf(form));
    return text ? localStorage.setItem(nameOf(form), text) : localStorage.removeItem(nameOf(form));
  } catch { return null; } // no storage: the page itself still holds it
};
let keepTimer, dirty = 0, way = null, wait = 5000;

const send = async (form, data) => {
  // A page that is left may send no more than 64 KB; what is longer waits here.
  const body = new URLSearchParams(data), keepalive = document.hidden && String(body).length < 60000;
  try {
    return await fetch(form.dataset.autosave, { method: "POST", body, keepalive });
  } catch { return null; } // no connection
};
const keepTyped = (form = typing()) => {
  clearTimeout(keepTimer);
  if (form && dirty && !way) way = keepNow(form).finally(() => { way = null; });
  return way;
};
const asText = (data) => JSON.stringify([...data].filter(([name]) => name !== "csrfmiddlewaretoken"));
const keepNow = async (form) => {
  const typedAt = dirty, data = new FormData(form);
  waitsHere(form, asText(data));
  says(form, "Keeping …");
  const answer = await send(form, data);
  if (answer?.ok) {
    says(form, await answer.text());
    waitsHere(form, "");
    wait = 5000;
    if (dirty === typedAt) dirty = 0; else keepTimer = setTimeout(keepTyped, 1500);
    return answer.status;
  }
  const plain = answer?.headers.get("content-type")?.startsWith("text/plain");
  says(form, `Not kept. ${plain ? await answer.text() : "What you typed is still here."} Trying again.`);
  if (answer?.status === 403) await newToken(form).catch(() => {});
  wait = Math.min(wait * 2, 60000);
  keepTimer = setTimeout(keepTyped, wait);
  return answer?.status;
};
const typed = (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  dirty = performance.now();
  clearTimeout(keepTimer);
  keepTimer = setTimeout(keepTyped, event.type === "change" ? 50 : 1500);
};
document.addEventListener("input", typed);
document.addEventListener("change", typed);
// Before it is saved, what is typed is kept: should saving not arrive, nothing is lost. An older text never arrives after it.
let saving = "";
const keepFirst = async () => {
  saving = "keeping";
  await way;
  if (dirty && await keepTyped() === 403) await keepTyped(); // now with a fresh token
  saving = "kept";
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-autosave]")) return;
  if (saving !== "kept" && (saving || way || dirty)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!saving) keepFirst().then(() => form.requestSubmit(event.submitter));
  } else { saving = ""; dirty = 0; clearTimeout(keepTimer); }
}, true);
window.addEventListener("online", () => keepTyped());
document.addEventListener("visibilitychange", () => { if (document.hidden) keepTyped(); });

const bring = async (form) => {
  const waiting = form && waitsHere(form);
  if (!waiting) return;
  if (waiting === asText(new FormData(form))) return waitsHere(form, ""); // it is in the form, so the server has it
  const data = new URLSearchParams(JSON.parse(waiting));
  data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const answer = await send(form, data);
  if (!answer?.ok) return;
  waitsHere(form, "");
  if (!dirty) location.assign(form.elements.next.value);
};
bring(typing());
