// Comforts over pages that already work without them: leaving quickly, ordering by buttons, errors that take the focus,
// one sending of a form at a time, dialogs. No dependency; the words come from the page (#say).

const say = document.getElementById("say")?.dataset ?? {};
const live = document.getElementById("live");
const announce = (text) => { if (live) live.textContent = text; };
// Every slot is filled in one pass, so that a step's own text can never be taken for a slot.
const fill = (pattern = "", words) => pattern.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);

// ── Leaving quickly: the other site takes this page's place in the history; earlier pages stay there.
function leave(link) {
  document.documentElement.hidden = true;
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

// ── Ordering: the selects stay the form's truth; buttons move the rows and set them.
const placesOf = (select) => [...select.options].filter((option) => option.value !== "").map((option) => option.value);

function moveButton(name, path, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "order__move";
  button.dataset.move = name;
  button.setAttribute("aria-label", label);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  svg.firstChild.setAttribute("d", path);
  button.append(svg);
  return button;
}

// An order that nobody touched is no answer: the selects are set by the first move, or by saying that it stays as it is.
function settle(list, touched = true) {
  const rows = [...list.children];
  rows.forEach((row, index) => {
    const select = row.querySelector("select");
    const place = placesOf(select)[index];
    if (touched) select.value = place;
    row.querySelector(".order__here").textContent = select.querySelector(`option[value="${place}"]`).textContent;
    row.querySelector('[data-move="up"]').setAttribute("aria-disabled", String(index === 0));
    row.querySelector('[data-move="down"]').setAttribute("aria-disabled", String(index === rows.length - 1));
  });
}

function enhanceOrder(list) {
  const rows = [...list.children];
  const selects = rows.map((row) => row.querySelector("select"));
  if (selects.some((select) => !select || select.disabled || placesOf(select).length !== rows.length)) return;
  const chosen = selects.map((select) => placesOf(select).indexOf(select.value));
  const touched = new Set(chosen).size === rows.length && !chosen.includes(-1);
  if (touched) {
    rows.map((row, index) => [chosen[index], row]).sort((a, b) => a[0] - b[0]).forEach(([, row]) => list.append(row));
  }
  for (const row of rows) {
    const label = row.querySelector("label")?.textContent.trim() ?? "";
    const here = document.createElement("span");
    here.className = "order__here";
    const moves = document.createElement("span");
    moves.className = "order__moves";
    moves.append(
      moveButton("up", "M12 19V6M6 11l6-6 6 6", `${say.up ?? ""}: ${label}`),
      moveButton("down", "M12 5v13M6 13l6 6 6-6", `${say.down ?? ""}: ${label}`),
    );
    row.prepend(here);
    row.append(moves);
    const select = row.querySelector("select");
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    // A link from the summary of what is open leads to what can be pressed.
    row.querySelector("label")?.removeAttribute("for");
    moves.firstChild.id = select.id;
    select.removeAttribute("id");
  }
  list.classList.add("order--live");
  const hint = list.previousElementSibling;
  if (hint?.dataset.live) hint.textContent = hint.dataset.live;
  if (!touched) list.after(keepButton(list));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const row = button.closest("li");
    if (button.dataset.move === "up") row.previousElementSibling.before(row);
    else row.nextElementSibling.after(row);
    settle(list);
    button.focus();
    announce(fill(say.moved, {
      step: row.querySelector("label")?.textContent.trim() ?? "",
      place: row.querySelector(".order__here").textContent,
    }));
  });
  settle(list, touched);
}

function keepButton(list) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet order__keep";
  button.textContent = list.dataset.keep ?? "";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => { settle(list); button.setAttribute("aria-pressed", "true"); });
  list.addEventListener("click", (event) => { if (event.target.closest("[data-move]")) button.hidden = true; });
  return button;
}

// ── Matching: a closed list on a small screen cuts what was chosen, so it stands below in full.
function showChosen(select) {
  const shown = document.createElement("p");
  shown.className = "match__chosen";
  shown.setAttribute("aria-hidden", "true");
  const tell = () => { shown.textContent = select.value ? select.selectedOptions[0].textContent : ""; };
  select.after(shown);
  select.addEventListener("change", tell);
  tell();
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
    else if (control.matches("select, textarea")) control.value = values[0];
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

// ── A certificate's address: copied, or handed to what the device shares with.
function watchShares() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.said;
      announce(button.dataset.said);
    });
  }
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = !navigator.share;
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => { /* put away */ });
    });
  }
}

watchQuickExit();
watchShares();
watchLanguages();
document.querySelectorAll("ol.order[data-order]").forEach(enhanceOrder);
document.querySelectorAll(".match__row > select").forEach(showChosen);
watchForms();
watchDialogs();
watchMenus();
for (const control of document.querySelectorAll("[data-print]")) control.addEventListener("click", () => window.print());
document.querySelector("[data-takes-focus]")?.focus();
