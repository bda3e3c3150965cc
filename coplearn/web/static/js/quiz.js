// A check: steps moved by buttons, what was matched shown in full, answers told at once, one question at a time. It runs after
// coplearn.js, which has by then brought over what was filled in in another language. Everything works without it.

const say = document.getElementById("say")?.dataset ?? {};
const live = document.getElementById("live");
const announce = (text) => { if (live) live.textContent = text; };
// Every slot is filled in one pass, so that a step's own text can never be taken for a slot.
const fill = (pattern = "", words) => pattern.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);

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

// ── What an answer comes to at once, and on a small screen one question at a time. The form stays whole: each answer is in it,
// it is sent at the end, and the server scores it. Without an answer from the site one simply goes on.

const form = document.querySelector("form[data-one-by-one]");
const small = matchMedia("(max-width: 40em)").matches;

function reveal(question, html) {
  for (const part of question.children) if (part.tagName !== "LEGEND") part.hidden = true;
  const box = document.createElement("div");
  box.innerHTML = html;
  question.append(box);
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
  question.scrollIntoView({ block: small ? "start" : "nearest" });
}

function ask(question, html) {
  question.querySelectorAll(".missing").forEach((old) => old.remove());
  const box = document.createElement("div");
  box.className = "missing";
  box.setAttribute("role", "alert");
  box.innerHTML = html;
  question.querySelector("legend").after(box);
}

// Gives whether the answer was told (true), is not whole yet (false), or nobody knows (null).
async function tell(question) {
  try {
    const body = new FormData(form);
    body.set("question", question.id.replace(/^question-/, ""));
    const answer = await fetch(form.dataset.oneByOne, { method: "POST", body: new URLSearchParams(body) });
    if (!answer.ok && answer.status !== 422) return null;
    (answer.ok ? reveal : ask)(question, await answer.text());
    return answer.ok;
  } catch { return null; }
}

function tellWhenAsked(row) {
  const button = row.querySelector("button");
  button.type = "button"; // the key that sends a form presses its first button of the other type
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    button.disabled = true;
    row.hidden = await tell(document.getElementById(`question-${button.value}`)) === true;
    button.disabled = false;
  });
}

function begin() {
  const questions = [...form.querySelectorAll("fieldset.question")];
  const send = form.querySelector('.actions button[type="submit"]');
  const words = form.dataset;
  form.querySelectorAll(".check-one").forEach((row) => row.remove());
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--primary";
  const row = document.createElement("p");
  row.className = "actions one-by-one";
  row.append(button);
  send.closest("p").before(row);
  send.closest("p").hidden = true;
  let at = 0;
  let seen = false;

  const take = (element) => {
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  };

  function show() {
    seen = false;
    questions.forEach((question, index) => { question.hidden = index !== at; });
    button.textContent = words.check;
    if (at > 0) take(questions[at]);
  }

  function onward() {
    if (at === questions.length - 1) { form.requestSubmit(send); return; }
    at += 1;
    show();
  }

  button.addEventListener("click", async () => {
    if (seen) { onward(); return; }
    button.disabled = true;
    const told = await tell(questions[at]);
    if (told === null) onward();
    seen = told === true;
    if (seen) button.textContent = at === questions.length - 1 ? words.result : words.next;
    button.disabled = false;
  });
  show();
}

document.querySelectorAll("ol.order[data-order]").forEach(enhanceOrder);
document.querySelectorAll(".match__row > select").forEach(showChosen);
if (form && small && !form.querySelector(".field__error")) begin();
else document.querySelectorAll(".check-one").forEach(tellWhenAsked);
