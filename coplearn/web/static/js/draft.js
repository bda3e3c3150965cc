// What was typed into a box and not sent stays in this tab, over a reload or a lost network; sending it lets go of it.
// A box whose page shows the way to help keeps nothing.

const form = document.querySelector("form[data-draft]");
const box = form?.querySelector("textarea");
const place = `draft:${location.pathname.replace(/^\/[^/]+/, "")}`;
const put = (text) => { try { if (text) sessionStorage.setItem(place, text); else sessionStorage.removeItem(place); } catch { /* not kept */ } };

if (box) {
  if (form.dataset.draft === "off") put("");
  else {
    let kept = "";
    try { kept = sessionStorage.getItem(place) ?? ""; } catch { /* not kept */ }
    if (!box.value && kept) box.value = kept;
    box.addEventListener("input", () => put(box.value));
  }
}
if (document.querySelector("[data-draft-sent]")) {
  try { Object.keys(sessionStorage).filter((name) => name.startsWith("draft:")).forEach((name) => sessionStorage.removeItem(name)); } catch { /* not kept */ }
}
