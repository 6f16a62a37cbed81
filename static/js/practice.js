// Drafts that save themselves, and the clock of an exam.
"use strict";

const answerForm = () => $("form[data-draft]");
const put = (id, text) => {
  const place = document.getElementById(id);
  if (place && place.textContent !== text) place.textContent = text;
};

// A draft goes to the server on change. What cannot be sent waits in this browser until it is saved, and no longer.
const HIDDEN = ["csrfmiddlewaretoken", "key", "tab", "seen"];
let timer, pause = 1000, unsaved = 0, draftKey = "";
const waiting = (form, text) => {
  const name = `draft:${form.dataset.draft}`;
  try {
    if (text === undefined) return localStorage.getItem(name);
    return text ? localStorage.setItem(name, text) : localStorage.removeItem(name);
  } catch { return null; } // no storage: the page itself still holds the answer
};
const uuid = () => ([1e7] + -1e3 + -4e3 + -8e3 + -1e11).replace(/[018]/g,
  (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
const typed = (data) => [...data].filter(([name]) => !HIDDEN.includes(name));
// With the page it was typed on and the newest answer that page knew of: it may only replace what is not newer.
const hold = (form, data) =>
  waiting(form, JSON.stringify({ tab: data.get("tab"), seen: data.get("seen"), fields: typed(data) }));
const save = async () => {
  const form = answerForm();
  clearTimeout(timer);
  if (!form || !unsaved) return;
  const data = new FormData(form), sent = unsaved;
  hold(form, data);
  data.set("key", draftKey ||= uuid());
  if (pause > 1000) data.set("offline", Math.round((Date.now() - sent) / 1000));
  put("saved", "Saving …");
  let answer, said = {};
  try {
    answer = await fetch(form.dataset.draft, { method: "POST", body: data, keepalive: true });
    said = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
  } catch { /* no connection: nothing is said */ }
  if (form !== answerForm()) return;
  if (answer?.ok || answer?.status === 409) {
    if (said.seen) form.elements.seen.value = said.seen;
    put("saved", said.say);
    put("other", said.other || "");
    if (said.left != null) setClock(said.left);
    pause = 1000;
    if (unsaved === sent) { unsaved = 0; waiting(form, ""); } else timer = setTimeout(save, 400);
  } else {
    put("saved", `Not saved. ${said.say || "Your answer is still here."} Trying again.`);
    if (answer?.status === 403) await newToken(form).catch(() => {});
    pause = Math.min(pause * 2, 15000);
    timer = setTimeout(save, pause);
  }
};
const changed = (event) => {
  if (!event.target.closest("form[data-draft]")) return;
  unsaved = Date.now();
  draftKey = "";
  clearTimeout(timer);
  timer = setTimeout(save, event.type === "change" ? 50 : 700);
};
document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("htmx:beforeRequest", (event) => { if (event.target === answerForm()) clearTimeout(timer); });
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = answerForm(), url = new URL(event.detail.xhr.responseURL || location.href);
  if (!form || !event.detail.shouldSwap || event.target.id !== "main") return;
  if ($("#held").hidden || url.pathname !== location.pathname) waiting(form, ""); // it has arrived, or is not wanted
});
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  // Not saved as a draft: the answer itself may have arrived, and is sent again anyway.
  document.addEventListener(name, (event) => {
    if (event.target === answerForm()) hold(event.target, new FormData(event.target));
  });
}
window.addEventListener("online", () => { if (!gone) save(); });
window.addEventListener("pagehide", save);
document.addEventListener("visibilitychange", async () => {
  const form = answerForm();
  if (document.hidden || unsaved || !form) return save();
  const query = new URLSearchParams({ tab: form.elements.tab.value, seen: form.elements.seen.value });
  const answer = await fetch(`${form.dataset.draft}?${query}`).catch(() => null);
  if (!answer?.ok) return;
  const said = await answer.json();
  put("other", said.other);
  if (said.left != null) setClock(said.left);
});
const restore = () => {
  const form = answerForm(), kept = form && waiting(form);
  if (!form) waiting({ dataset: { draft: `${location.pathname}draft/` } }, ""); // answered: nothing waits any more
  if (!kept) return;
  const held = JSON.parse(kept), { tab = "", seen = 0, fields = held } = held; // a list: from before it said so
  if (JSON.stringify(typed(new FormData(form))) === JSON.stringify(fields)) return waiting(form, ""); // it had arrived
  const newer = Number(seen) < Number(form.elements.seen.value) && tab !== form.dataset.newest;
  return newer ? offer(form, fields) : take(form, fields);
};
const isChosen = (field) => ["radio", "checkbox"].includes(field.type);
const take = (form, fields) => {
  if (fields.some(([name]) => !form.elements[name])) return sendRows(form, fields);
  for (const field of form.querySelectorAll("[name]:not([type=hidden], button)")) {
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isChosen(field)) field.checked = values.includes(field.value); else field.value = values[0] ?? field.value;
  }
  unsaved = Date.now();
  draftKey = "";
  save();
};
// A copy with rows that the form has not, because a removal arrived and its reply was lost: the server makes that form.
const sendRows = async (form, fields) => {
  const hidden = [...new FormData(form)].filter(([name]) => HIDDEN.includes(name));
  const body = new URLSearchParams([...hidden, ...fields]);
  body.set("key", uuid());
  const answer = await fetch(form.dataset.draft, { method: "POST", body }).catch(() => null);
  if (!(answer?.ok || answer?.status === 409) || unsaved) return;
  waiting(form, "");
  location.reload();
};
// What is newer stands in the form; what waited here is shown beside it, and stored when somebody asks for it.
let offered;
const offer = (form, fields) => {
  const words = fields.filter(([, value]) => value).map(([name, value]) => {
    const all = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]:not(button)`)];
    const field = all.find((one) => !isChosen(one) || one.value === value);
    if (field?.type === "hidden") return "";
    const label = field?.ariaLabel || field?.labels?.[0]?.textContent.trim() || name;
    return field && isChosen(field) ? label : `${label}: ${value}`;
  });
  put("held-words", words.filter(Boolean).join("; ") || "nothing");
  offered = fields;
  $("#held").hidden = false;
};
document.addEventListener("click", (event) => {
  const form = answerForm(), button = event.target.closest("#held button");
  if (!button) return;
  $("#held").hidden = true;
  $("input:not([type=hidden]), select, textarea", form).focus();
  return button.id === "held-take" ? take(form, offered) : waiting(form, "");
});

// The clock: the server says how much is left, this only counts down. At zero what is typed is sent, and the exam
// finished; the server does that by itself too.
let end = 0, told = 0, ticking;
const setClock = (left) => { end = performance.now() + left * 1000; };
const tick = () => {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000)), pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60;
  put("timer", `${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(left % 60)}`);
  const mark = [1, 5, 10].find((one) => left <= one * 60) || 0;
  if (mark && mark !== told && left > mark * 60 - 30) put("timer-says", `${mark} minute${mark > 1 ? "s" : ""} left`);
  told = mark;
  if (left === 2) save();
  ticking = left ? setTimeout(tick, 250) : setTimeout(timeUp, 0);
};
const timeUp = async () => {
  const form = $("#time-up");
  await save();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (answer.ok) return location.assign(answer.url);
  } catch { /* no connection: the page stays, and what is typed with it */ }
  ticking = setTimeout(timeUp, 3000);
};

// A cited section opens beside the question; Back, Close and Escape return to the finding.
let finding;
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-beside]"), panel = $("#beside");
  if (event.target.closest("#beside-close")) return history.back();
  if (!link || !panel || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const page = await pageAt(link.href).catch(() => null), section = page?.getElementById(link.hash.slice(1));
  if (!section) return location.assign(link.href);
  const banner = page.querySelector(".banner");
  $(".body", panel).replaceChildren(...[banner, section].filter(Boolean).map((one) => document.importNode(one, true)));
  $("#beside-whole").href = link.href;
  if (panel.hidden) history.pushState({ beside: true }, "");
  finding = link;
  panel.hidden = false;
  $("#beside-h").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("#beside:not([hidden])")) history.back();
});
window.addEventListener("popstate", () => {
  const panel = $("#beside:not([hidden])");
  if (panel) { panel.hidden = true; finding.focus(); }
});

const begin = () => {
  clearTimeout(timer);
  clearTimeout(ticking);
  unsaved = 0;
  restore();
  const clock = $("#timer");
  if (clock) { setClock(Number(clock.dataset.left)); tick(); }
};
document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "main") begin(); });
begin();
