// The feed follows each tick at once: asks for the same page and takes over what differs.
// Without it, “Update my feed” does the same.
const form = document.getElementById("choose");
const OWN = ["name", "alarm"]; // of a saved selection alone
let newest = 0;

function query() {
  const typed = new FormData(form);
  for (const name of OWN) typed.delete(name);
  const said = [...typed].filter(([name, value]) => value && !(name === "lang" && value === "en"));
  return new URLSearchParams(said).toString();
}

function take(page) {
  const there = (id) => page.getElementById(id);
  const here = (id) => document.getElementById(id);
  here("feed-status").textContent = there("feed-status").textContent;
  here("feed-address").value = there("feed-address").value;
  here("feed-qr").replaceChildren(...there("feed-qr").childNodes);
  for (const link of document.querySelectorAll("[data-way]")) {
    link.href = page.querySelector(`[data-way="${link.dataset.way}"]`).href;
  }
}

form.addEventListener("change", async () => {
  const asked = ++newest;
  const url = `${form.getAttribute("action")}?${query()}`;
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (asked !== newest) return;
    take(page);
    history.replaceState(null, "", url);
  } catch {
    if (asked === newest) location.assign(url); // the page says what is wrong
  }
});
