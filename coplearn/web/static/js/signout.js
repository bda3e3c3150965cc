// Leaving: what waits on this device is told of first, and can be sent or removed. Registers, which show names, leave it with
// whoever signs out.

import { forget } from "./kept-done.js";
import { moveOld } from "./moved.js";

// Loaded when somebody leaves: most who open the page do not.
let outbox;

async function clear() {
  await outbox?.leave();
  forget();
  await window.caches?.delete("register");
  const workers = await navigator.serviceWorker?.getRegistrations() ?? [];
  const old = workers.filter((worker) => (worker.active ?? worker.waiting ?? worker.installing)?.scriptURL.endsWith("register-worker.js"));
  await Promise.all(old.map((worker) => worker.unregister()));
}

// The marks of what an account did on this phone go with it.
async function forgetMarks() {
  const marks = `kept-progress:${await outbox.owner()}:`;
  for (const name of Object.keys(localStorage)) if (name.startsWith(marks)) localStorage.removeItem(name);
}

// What the person chooses: "send", "keep", "drop" or "stay".
function choose(words, told, erases) {
  const box = document.createElement("dialog");
  box.className = "dialog";
  const text = document.createElement("p");
  text.textContent = told;
  text.id = "waits-told";
  box.setAttribute("aria-labelledby", text.id);
  const row = document.createElement("p");
  row.className = "actions";
  box.append(text, row);
  document.body.append(box);
  return new Promise((resolve) => {
    const done = (choice) => { box.close(); box.remove(); resolve(choice); };
    for (const choice of ["send", erases ? "" : "keep", "drop", "stay"].filter(Boolean)) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: choice === "send" ? "button" : "button button--quiet", textContent: words[choice] });
      button.addEventListener("click", () => done(choice));
      row.append(button);
    }
    box.addEventListener("cancel", () => done("stay"));
    box.showModal();
  });
}

// Whether to go on.
async function mayLeave(erases) {
  outbox = await import(document.getElementById("say").dataset.outbox);
  await moveOld(outbox).catch(() => {});
  const held = await outbox.waiting();
  // Of whoever is here it may not be known yet what is theirs.
  if (!held.mine.length && held.others) await outbox.flush();
  const words = await outbox.sentences();
  let unsent = "";
  for (;;) {
    const { mine } = await outbox.waiting();
    if (!mine.length) return true;
    const told = [unsent, outbox.waits(mine, words), erases ? words.erasing : words.leaving].filter(Boolean).join(" ");
    const choice = await choose(words, told, erases);
    if (choice === "keep") return true;
    if (choice === "stay") return false;
    if (choice === "drop") { await outbox.drop(); return true; }
    await outbox.flush();
    unsent = words.unsent;
  }
}

for (const form of document.querySelectorAll("form[data-signs-out]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.cleared) return;
    event.preventDefault();
    event.stopPropagation();
    const { submitter } = event;
    const free = await mayLeave("erases" in form.dataset).catch(() => true);
    if (!free) return;
    if ("erases" in form.dataset) await forgetMarks().catch(() => {});
    await clear().catch(() => {});
    form.dataset.cleared = "yes";
    form.requestSubmit(submitter ?? undefined);
  });
}
