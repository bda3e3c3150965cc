// The page for phones in a hall: it asks now and then whether there is something new, and brings it. It gives up when it is over.

const EVERY = 3500, SLOWEST = 15000, LONGEST = 12 * 3600 * 1000;
const hall = document.getElementById("hall");
const lost = document.getElementById("hall-lost");
const began = Date.now();
let wait = EVERY;

async function bring() {
  const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("hall");
  if (!answer.ok || answer.redirected || !fresh) { location.reload(); return; }
  hall.replaceChildren(...fresh.childNodes);
  hall.dataset.at = fresh.dataset.at;
}

async function look() {
  if (Date.now() - began > LONGEST) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(hall.dataset.state, { credentials: "same-origin", cache: "no-store" });
      if (answer.status === 404) { location.reload(); return; }
      const state = await answer.json();
      if (state.at !== hall.dataset.at) await bring();
      if (state.over) return;
      lost.hidden = true;
      wait = EVERY;
    } catch { lost.hidden = false; wait = Math.min(wait * 1.5, SLOWEST); }
  }
  setTimeout(look, wait + Math.random() * 500);
}

setTimeout(look, EVERY);
