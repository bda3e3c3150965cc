// The device's own time zone, offered where nobody has chosen one. Without this it is chosen from the list, or the cohort's is used.

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("[data-own-zone]")) {
  if (own && (field.type === "hidden" || [...field.options].some((option) => option.value === own))) field.value = own;
}
