// What a learning platform waits for: the answer is sent back to it, and a window that registered us may close.

document.querySelector("[data-sends-itself]")?.submit();

if (document.querySelector("[data-closes-registration]")) {
  // The word of the standard; it says nothing of anybody, so whoever has the window may hear it.
  (window.opener ?? window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
}
