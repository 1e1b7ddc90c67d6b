// Comfort only: every page and form works without this file.
"use strict";

// What is wrong is read out and stands first.
document.getElementById("faults")?.focus();

// Leave quickly: no way back to this page, and the session ends.
document.getElementById("leave")?.addEventListener("click", (event) => {
  event.preventDefault();
  const out = document.querySelector("form.out");
  if (out) {
    navigator.sendBeacon(out.action, new URLSearchParams(new FormData(out)));
  }
  location.replace(event.currentTarget.href);
});

// Two minutes before the session ends: a warning, and one press to stay.
const session = document.getElementById("session");
const warning = document.getElementById("warning");
if (session && warning) {
  const warnBefore = 120000;
  let timer = 0;
  const until = (ends) => {
    clearTimeout(timer);
    timer = setTimeout(() => warning.showModal(), Math.max(0, ends - Date.now() - warnBefore));
  };
  document.getElementById("stay").addEventListener("click", async () => {
    warning.close();
    const answer = await fetch("/auth/session");
    if (answer.ok) until(Date.parse((await answer.json()).over_at));
  });
  until(Date.parse(session.dataset.ends));
}

// A state that is about to change asks again by itself.
for (const live of document.querySelectorAll("[data-live]")) {
  const again = async () => {
    const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(live.id);
    if (!fresh) return;
    live.replaceChildren(...fresh.childNodes);
    if (fresh.dataset.live) setTimeout(again, 1000);
  };
  setTimeout(again, 1000);
}
