// Beside the cohort's hours, those of this device's clock, where the two differ.

const place = document.getElementById("zone");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = (zone) => new Intl.DateTimeFormat(place.dataset.lang, { hour: "numeric", minute: "2-digit", timeZone: zone });

if (place && own) {
  let differs = false;
  for (const line of document.querySelectorAll("[data-begins]")) {
    const [begins, ends] = [new Date(line.dataset.begins), new Date(line.dataset.ends)];
    if (clock(own).format(begins) === clock(place.dataset.zone).format(begins)) continue;
    differs = true;
    const here = document.createElement("span");
    here.className = "meeting__own small";
    here.textContent = `${clock(own).format(begins)}–${clock(own).format(ends)} (${own.split("/").pop().replaceAll("_", " ")})`;
    line.querySelector(".meeting__time").append(" ", here);
  }
  if (differs) place.querySelector("[data-own]").hidden = false;
}
