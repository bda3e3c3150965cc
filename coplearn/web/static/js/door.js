// The code on the wall changes without the page loading anew.

const door = document.getElementById("door");
const code = door?.querySelector(".door__code bdi");
const square = door?.querySelector(".door__ink");

async function change() {
  let wait = 5;
  try {
    const answer = await fetch(door.dataset.source, { credentials: "same-origin", cache: "no-store" });
    if (answer.ok) {
      const now = await answer.json();
      if (now.open !== !("closed" in door.dataset)) { location.reload(); return; }
      if (now.open) {
        code.textContent = `${now.code.slice(0, 3)} ${now.code.slice(3)}`;
        square.setAttribute("d", now.path);
      }
      wait = now.seconds;
    }
  } catch { /* no network for a moment: ask again soon */ }
  setTimeout(change, wait * 1000 + 250);
}

if (door) setTimeout(change, Number(door.dataset.seconds) * 1000 + 250);
