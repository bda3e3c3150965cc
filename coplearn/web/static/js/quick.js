// The one-minute form: what is filled in is kept on this device first (outbox.js) and sent as soon as it can be. The page opens again
// without a network. Without this script it is a plain form.

import { keepPage } from "./open-again.js";

const form = document.getElementById("quick");
const says = document.getElementById("quick-says");
const looked = document.getElementById("quick-looked");
const outbox = form && window.indexedDB && document.documentElement.dataset.trace !== "none" ? await import(document.getElementById("say").dataset.outbox) : null;
const { owner: OWNER, address: ADDRESS, worker: WORKER } = form?.dataset ?? {};
const NOT_SENT = new Set(["csrf_token", "form_key", "looked"]);
let broken = false;

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

// What the site did not take stands in the form again, with the reason, and no longer waits.
function putBack(sent, sentence) {
  for (const [name, value] of Object.entries(sent)) {
    const control = form.elements.namedItem(name);
    if (control && "value" in control) control.value = value;
  }
  looked.hidden = false;
  tell(`${says.dataset.refused} ${sentence}`);
}

function watchSending() {
  outbox.events.addEventListener("came", async ({ detail: { address, batch, came } }) => {
    if (address !== ADDRESS) return;
    const [refused] = came.refused ?? [];
    const one = refused && batch.find(({ op }) => op === refused.op);
    if (one) {
      putBack(one.body.fields, refused.sentence);
      await outbox.forgetOne(one.op);
    } else if (came.taken.length) tell(says.dataset.came);
  });
}

async function keep() {
  if (!form.reportValidity()) return;
  try {
    await outbox.add({ kind: "activity", owner: OWNER, address: ADDRESS, body: { fields: fields() } });
  } catch (fault) {
    // The button still sends the page as a plain form.
    broken = true;
    tell(await outbox.sentence(fault));
    form.requestSubmit();
    return;
  }
  const { day, country, programme, kind } = fields();
  form.reset();
  for (const [name, value] of Object.entries({ day, country, programme, kind })) if (value && form.elements[name]) form.elements[name].value = value;
  looked.hidden = true;
  tell(says.dataset.kept);
  form.elements.title.focus();
  await outbox.flush();
}

if (outbox) {
  form.noValidate = false;
  watchSending();
  form.addEventListener("submit", (event) => {
    if (broken) return;
    event.preventDefault();
    keep();
  });
  outbox.watch().catch(() => { /* what waits is told on the next page */ });
  keepPage(WORKER).catch(() => { /* private windows and old browsers: entries are kept all the same */ });
  document.documentElement.dataset.quick = "ready";
}
