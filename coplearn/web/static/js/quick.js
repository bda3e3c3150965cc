// The one-minute form: what is filled in is kept on this device first (outbox.js) and sent as soon as it can be. The page opens again
// without a network. Without this script it is a plain form.

import { keepPage } from "./open-again.js";

const form = document.getElementById("quick");
const says = document.getElementById("quick-says");
const looked = document.getElementById("quick-looked");
const outbox = form && window.indexedDB && document.documentElement.dataset.trace !== "none" ? await import(document.getElementById("say").dataset.outbox) : null;
const { owner: OWNER, address: ADDRESS, worker: WORKER } = form?.dataset ?? {};
const NOT_SENT = new Set(["csrf_token", "form_key", "looked"]);
const TYPED = ["title", "place", "number", "words"];
let broken = false;
let keeping = false;
let mended = null;

function tell(words) {
  says.textContent = words;
  says.hidden = !words;
}

function fields() {
  const sent = {};
  for (const [name, value] of new FormData(form)) if (!NOT_SENT.has(name) && typeof value === "string") sent[name] = value;
  if (sent["quick-looked"]) { delete sent["quick-looked"]; sent.looked = "yes"; }
  return sent;
}

// What the site did not take stands in the form again, with the reason: one at a time, and never over what is being typed. It stays
// on this device until it is kept anew.
async function putBack() {
  const isTyping = () => TYPED.some((name) => form.elements[name].value.trim());
  const one = isTyping() ? null : (await outbox.waiting(OWNER)).mine.find(({ kind, refused }) => kind === "activity" && refused);
  if (!one || isTyping()) return;
  mended = one.op;
  for (const [name, value] of Object.entries(one.body.fields)) {
    const control = form.elements.namedItem(name);
    if (control && "value" in control) control.value = value;
  }
  looked.hidden = false;
  tell(`${says.dataset.refused} ${one.refused}`);
}

function watchSending() {
  outbox.events.addEventListener("came", async ({ detail: { address, came } }) => {
    if (address !== ADDRESS) return;
    if (came.taken.length) tell(says.dataset.came);
    await putBack();
  });
}

async function keep() {
  if (keeping || !form.reportValidity()) return;
  // A second press meanwhile would keep the same thing twice.
  keeping = true;
  try { await keepOnce(); } finally { keeping = false; }
  if (broken) return;
  await outbox.flush();
  await putBack();
}

async function keepOnce() {
  try {
    await outbox.add({ kind: "activity", owner: OWNER, address: ADDRESS, body: { fields: fields() } });
  } catch (fault) {
    // The button still sends the page as a plain form.
    broken = true;
    tell(await outbox.sentence(fault));
    form.requestSubmit();
    return;
  }
  if (mended) await outbox.forgetOne(mended);
  mended = null;
  const { day, country, programme, kind } = fields();
  form.reset();
  for (const [name, value] of Object.entries({ day, country, programme, kind })) if (value && form.elements[name]) form.elements[name].value = value;
  looked.hidden = true;
  tell(says.dataset.kept);
  form.elements.title.focus();
}

if (outbox) {
  form.noValidate = false;
  watchSending();
  form.addEventListener("submit", (event) => {
    if (broken) return;
    event.preventDefault();
    keep();
  });
  outbox.watch().then(putBack).catch(() => { /* what waits is told on the next page */ });
  keepPage(WORKER).catch(() => { /* private windows and old browsers: entries are kept all the same */ });
  document.documentElement.dataset.quick = "ready";
}
