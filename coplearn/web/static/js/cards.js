// Cards to send on: the text copied, or text and picture handed to what the device shares with. Without this both can be marked and
// downloaded.

const live = document.getElementById("live");
const wordsOf = (id) => document.getElementById(id).textContent;

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(wordsOf(button.dataset.copy));
    button.textContent = button.dataset.said;
    live.textContent = button.dataset.said;
  });
}

async function pictureOf({ picture, name }) {
  try {
    const answer = await fetch(picture);
    const file = answer.ok && new File([await answer.blob()], name, { type: "image/png" });
    return file && navigator.canShare?.({ files: [file] }) ? [file] : [];
  } catch { return []; }
}

for (const button of document.querySelectorAll("[data-send]")) {
  button.hidden = !navigator.share;
  button.addEventListener("click", async () => {
    const files = await pictureOf(button.closest("article").dataset);
    const text = wordsOf(button.dataset.send);
    navigator.share(files.length ? { text, files } : { text }).catch(() => { /* put away */ });
  });
}

for (const button of document.querySelectorAll("[data-sms]")) {
  button.hidden = !matchMedia("(pointer: coarse)").matches;
  button.addEventListener("click", () => { location.href = `sms:?&body=${encodeURIComponent(wordsOf(button.dataset.sms))}`; });
}
