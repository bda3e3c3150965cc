// A list on its way in: the line grows without loading the page, and the page is loaded when the list is in.

const PAUSE = 1500;

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return true;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-roster-progress]");
  if (!fresh) { location.reload(); return false; }
  document.querySelector("[data-roster-progress]").replaceWith(fresh);
  return true;
}

async function watch() {
  let goesOn = true;
  try { goesOn = await look(); } catch { /* the network comes back, or the person loads the page */ }
  if (goesOn) setTimeout(watch, PAUSE);
}

setTimeout(watch, PAUSE);
