var api = findAPI(window), place = 1, answers = {};
api.LMSInitialize("");
if (api.LMSGetValue("cmi.core.entry") !== "ab-initio") {
  place = Number(api.LMSGetValue("cmi.core.lesson_location").replace("slide", "")) || 1;
  answers = JSON.parse(api.LMSGetValue("cmi.suspend_data") || "{}");
} else { api.LMSSetValue("cmi.core.lesson_status", "incomplete"); api.LMSCommit(""); }
function draw() {
  document.getElementById("slide").textContent = "Slide " + place;
  document.getElementById("said").textContent = Object.keys(answers).length + " answers";
}
function on() {
  answers["slide" + place] = new Array(400).join("s" + place + " ");
  place += 1;
  draw();
  api.LMSSetValue("cmi.core.lesson_location", "slide" + place);
  api.LMSSetValue("cmi.suspend_data", JSON.stringify(answers));
  if (place === @N@) { api.LMSSetValue("cmi.core.score.raw", "100"); api.LMSSetValue("cmi.core.lesson_status", "completed"); }
  api.LMSCommit("");
}
localStorage.setItem("story", "1"); document.cookie = "story=1";
document.getElementById("on").addEventListener("click", on);
draw();
