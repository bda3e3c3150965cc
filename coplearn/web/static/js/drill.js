// The clock of an exercise on the facilitator's page, and the players' table, which brings what is new by itself.

const LANG = document.documentElement.lang;
const EVERY = 7000;

// ── The clock. It goes on from this device's own time, without a network too.
const clock = document.getElementById("drill-clock");

function tick() {
  const began = Date.parse(clock.dataset.began);
  if (Number.isNaN(began)) return;
  const end = Date.parse(clock.dataset.over);
  const minute = Math.max(0, Math.floor(((Number.isNaN(end) ? Date.now() : end) - began) / 60000));
  clock.textContent = clock.dataset.words.replace("{minute}", new Intl.NumberFormat(LANG).format(minute));
  for (const inject of document.querySelectorAll(".drill-inject")) {
    const waits = !inject.querySelector('[value="revealed"]:checked');
    inject.classList.toggle("drill-inject--due", waits && Number(inject.dataset.at) <= minute);
  }
}

// The page's own copy, which opens without a network, may be older than the press that began the exercise.
const PLACE = `exercise:${location.pathname}`;

function recall() {
  try {
    const [began, over] = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    clock.dataset.began ||= began ?? "";
    clock.dataset.over ||= over ?? "";
  } catch { /* a private window keeps nothing: the clock begins again when the network is back */ }
}

function remember() {
  try { localStorage.setItem(PLACE, JSON.stringify([clock.dataset.began, clock.dataset.over])); } catch { /* likewise */ }
}

if (clock) {
  document.getElementById("register").addEventListener("change", (event) => {
    if (event.target.name === "s-clock") {
      const now = new Date().toISOString();
      if (event.target.value === "running") { clock.dataset.began ||= now; clock.dataset.over = ""; }
      if (event.target.value === "over") { clock.dataset.began ||= now; clock.dataset.over ||= now; }
      remember();
    }
    tick();
  });
  recall();
  tick();
  setInterval(tick, 5000);
}

// ── The table.
const table = document.getElementById("live-table");
const lost = document.getElementById("no-network");

async function look() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    lost.hidden = true;
    if (!answer.ok || answer.redirected) { location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live-table");
    if (!fresh) { location.reload(); return; }
    if (fresh.innerHTML !== table.innerHTML) table.replaceChildren(...fresh.childNodes);
  } catch {
    lost.hidden = false;
  }
  setTimeout(look, EVERY);
}

if (table) setTimeout(look, EVERY);
