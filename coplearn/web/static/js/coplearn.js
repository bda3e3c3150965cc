// Comforts over pages that already work without them: leaving quickly, errors that take the focus,
// one sending of a form at a time, dialogs. No dependency; the words come from the page (#say).

const say = document.getElementById("say")?.dataset ?? {};
const live = document.getElementById("live");

// ── Leaving quickly: the other site takes this page's place in the history; earlier pages stay there.
function leave(link) {
  document.documentElement.hidden = true;
  window.speechSynthesis?.cancel();
  window.location.replace(link.href);
}

function watchQuickExit() {
  const link = document.querySelector("[data-quick-exit]");
  if (!link) return;
  link.addEventListener("click", (event) => { event.preventDefault(); leave(link); });
  let times = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) { if (event.key !== "Escape") times = []; return; }
    times = [...times.filter((time) => event.timeStamp - time < 2000), event.timeStamp];
    if (times.length >= 3) leave(link);
  }, true);
}

// ── Forms: a second sending is stopped; the pressed button's name and value have gone with the first by then.
function showWaiting(on) {
  if (!live) return;
  live.className = on ? "waiting" : "out-of-sight";
  live.textContent = on ? say.wait ?? "" : "";
}

function watchForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.target) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const buttons = [...form.elements].filter((control) => control.type === "submit" && !control.disabled);
    setTimeout(() => buttons.forEach((button) => { button.disabled = true; }));
    const waiting = setTimeout(() => showWaiting(true), 1000);
    // A download leaves the page where it is, and the back button brings a page back as it was: both need their buttons.
    const free = () => {
      clearTimeout(waiting);
      showWaiting(false);
      delete form.dataset.sent;
      buttons.forEach((button) => { button.disabled = false; });
    };
    setTimeout(free, 8000);
    window.addEventListener("pageshow", (shown) => { if (shown.persisted) free(); }, { once: true });
  });
}

// ── Another language: what was typed or ticked and not sent yet is carried over, in this tab alone, and then let go.
const CARRIED = "carried";
const itemForm = document.querySelector("article.step > form");
const placeOf = (path) => path.replace(/^\/[^/]+/, "");

function carryOver() {
  const sent = [...new FormData(itemForm)].filter(([name]) => !["csrf_token", "key", "seed"].includes(name));
  try { sessionStorage.setItem(CARRIED, JSON.stringify([placeOf(location.pathname), sent])); } catch { /* not kept */ }
}

function takeOver() {
  let held = null;
  try {
    held = JSON.parse(sessionStorage.getItem(CARRIED));
    sessionStorage.removeItem(CARRIED);
  } catch { return; }
  if (!itemForm || !held || held[0] !== placeOf(location.pathname)) return;
  for (const control of itemForm.elements) {
    const values = held[1].filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.disabled || !values.length) continue;
    if (control.matches('[type="radio"], [type="checkbox"]')) control.checked = values.includes(control.value);
    else if (control.matches('select, textarea, [name="made-of"]')) control.value = values[0];
  }
}

function watchLanguages() {
  takeOver();
  if (!itemForm) return;
  for (const link of document.querySelectorAll(".menu__list a[hreflang]")) link.addEventListener("click", carryOver);
}

function watchDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (!dialog?.showModal) return;
    event.preventDefault();
    dialog.showModal();
  });
}

function watchMenus() {
  for (const menu of document.querySelectorAll("details[data-menu]")) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
}

// ── Listen: the button is there where the device has a voice for the page's language, and the rest loads when it is pressed.
function watchListen() {
  const button = document.querySelector("[data-listen]"), speech = window.speechSynthesis;
  if (!button || !speech) return;
  const tongue = document.documentElement.lang.split("-")[0];
  const voice = new RegExp(`^${tongue === "zh" ? "(zh(?![-_]hk)|cmn)" : tongue}(?![a-z])`, "i");
  const open = async (again) => {
    try {
      const [reader, bar] = await Promise.all([import(button.dataset.script), fetch(button.dataset.listen)]);
      if (!bar.ok) throw bar;
      reader.open(await bar.text(), again);
    } catch { button.lastChild.textContent = button.dataset.failed; }
  };
  const look = () => {
    if (!button.hidden || !speech.getVoices().some(({ lang }) => voice.test(lang))) return;
    button.hidden = false;
    try {
      const since = Date.now() - sessionStorage.getItem("listen-goes-on");
      sessionStorage.removeItem("listen-goes-on");
      if (since < 60_000) open(true);
    } catch { /* nothing is kept here */ }
  };
  button.addEventListener("click", () => open(false));
  speech.addEventListener?.("voiceschanged", look);
  setTimeout(look, 1500);
  look();
}

watchListen();
watchQuickExit();
watchLanguages();
watchForms();
watchDialogs();
watchMenus();
for (const control of document.querySelectorAll("[data-print]")) control.addEventListener("click", () => window.print());
document.querySelector("[data-takes-focus]")?.focus();
// What takes a secure address and a worker is not offered where there is none.
if (window.isSecureContext && navigator.serviceWorker) for (const offer of document.querySelectorAll("[data-can-keep]")) offer.hidden = false;

// ── Answers that wait on this device are sent from any page, and a device that keeps courses learns who is here.
function watchOutbox() {
  let used = /(?:^|; )(?:waits|keeps)=/.test(document.cookie);
  try { used ||= Boolean(localStorage.getItem("outbox")); } catch { /* nothing is kept here */ }
  if (used && say.outbox && !document.documentElement.dataset.kept) import("./kept-done.js").then((done) => done.watch()).catch(() => {});
}

watchOutbox();
