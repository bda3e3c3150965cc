// A long list to choose from gets a field that leaves only what begins with, or holds, the letters typed. The list stays as it is
// without this, and its own type-ahead too.

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

for (const select of document.querySelectorAll("select[data-find]")) {
  const all = [...select.options].map((option) => [option, plain(option.textContent)]);
  const field = document.createElement("input");
  field.type = "search";
  field.autocomplete = "off";
  field.placeholder = select.dataset.find;
  field.setAttribute("aria-label", select.dataset.find);
  field.setAttribute("aria-controls", select.id);
  select.before(field);
  field.addEventListener("input", () => {
    const wanted = plain(field.value.trim());
    const kept = all.filter(([option, name]) => !option.value || name.includes(wanted));
    kept.sort((a, b) => b[1].startsWith(wanted) - a[1].startsWith(wanted));
    select.replaceChildren(...(wanted ? kept : all).map(([option]) => option));
    const first = kept.find(([option]) => option.value);
    if (wanted && first) select.value = first[0].value;
  });
}
