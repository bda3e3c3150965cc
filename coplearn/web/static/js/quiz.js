// One question at a time on a small screen, with what the answer comes to at once. The form stays whole: each answer is in it,
// it is sent at the end as on any other screen, and the server scores it. Without an answer from the site one simply goes on.

const form = document.querySelector("form[data-one-by-one]");
const small = matchMedia("(max-width: 40em)").matches;

function begin() {
  const questions = [...form.querySelectorAll("fieldset.question")];
  const send = form.querySelector('.actions button[type="submit"]');
  const words = form.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--primary";
  const row = document.createElement("p");
  row.className = "actions";
  row.append(button);
  send.closest("p").before(row);
  send.closest("p").hidden = true;
  let at = 0;
  let seen = false;

  const take = (element) => {
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  };

  function show() {
    seen = false;
    questions.forEach((question, index) => { question.hidden = index !== at; });
    button.textContent = words.check;
    if (at > 0) take(questions[at]);
  }

  function onward() {
    if (at === questions.length - 1) { form.requestSubmit(send); return; }
    at += 1;
    show();
  }

  function reveal(html) {
    const question = questions[at];
    for (const part of question.children) if (part.tagName !== "LEGEND") part.hidden = true;
    const box = document.createElement("div");
    box.innerHTML = html;
    question.append(box);
    seen = true;
    button.textContent = at === questions.length - 1 ? words.result : words.next;
    box.tabIndex = -1;
    box.focus({ preventScroll: true });
    question.scrollIntoView({ block: "start" });
  }

  function ask(html) {
    const question = questions[at];
    question.querySelectorAll(".missing").forEach((old) => old.remove());
    const box = document.createElement("div");
    box.className = "missing";
    box.setAttribute("role", "alert");
    box.innerHTML = html;
    question.querySelector("legend").after(box);
  }

  button.addEventListener("click", async () => {
    if (seen) { onward(); return; }
    button.disabled = true;
    try {
      const body = new FormData(form);
      body.set("question", questions[at].id.replace(/^question-/, ""));
      const answer = await fetch(words.oneByOne, { method: "POST", body: new URLSearchParams(body) });
      if (answer.ok) reveal(await answer.text());
      else if (answer.status === 422) ask(await answer.text());
      else onward();
    } catch { onward(); }
    button.disabled = false;
  });
  show();
}

if (form && small && !form.querySelector(".field__error")) begin();
