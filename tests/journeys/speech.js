// A made-up speechSynthesis for the machine of the tests, which has no voice: it says a text in a moment and keeps what it said.
(() => {
  const said = (window.said = []);
  const voices = (window.VOICES ?? ["en-GB", "ar_EG", "zh-CN"]).map((name) => {
    const [lang, where] = name.split(" ");
    return { lang, localService: where !== "far", name: `Voice ${lang}`, voiceURI: name };
  });
  const speech = new EventTarget();
  let present = null;
  const ended = (one, event) => { if (present === one) { present = null; one.dispatchEvent(event); } };
  speech.getVoices = () => (window.voicesComeLate ? [] : voices);
  speech.pending = false;
  Object.defineProperty(speech, "speaking", { get: () => present !== null });
  speech.speak = (one) => {
    present = one;
    const shown = [...(CSS.highlights.get("being-read") ?? [])].map(String).join("");
    said.push({ text: one.text, lang: one.lang, rate: one.rate, shown });
    if (!window.isHeld) setTimeout(() => ended(one, new Event("end")), 1);
  };
  speech.cancel = () => { if (present) ended(present, Object.assign(new Event("error"), { error: "canceled" })); };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
  Object.defineProperty(window, "SpeechSynthesisUtterance", {
    value: class extends EventTarget { constructor(text) { super(); this.text = text; } },
  });
})();
