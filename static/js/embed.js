// Puts our list into another site's page: <div data-coalition-events="https://…/embed/events/">.
// Nothing else is loaded, nothing is stored. Where the list cannot be had, what stood there stays.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const LIST = "/embed/events/";
  const LOWEST = 120;
  const HIGHEST = 20_000;

  function address(place) {
    const url = new URL(place.dataset.coalitionEvents, home);
    return url.origin === home && url.pathname === LIST ? url : null;
  }

  // As part of the page, in a root of its own: no rule of the page changes it, nor it the page.
  async function insert(place, url) {
    url.pathname = `${LIST}list/`;
    url.searchParams.set("tz", Intl.DateTimeFormat().resolvedOptions().timeZone || "");
    const answer = await fetch(url, { credentials: "omit" });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    const root = place.attachShadow({ mode: "open" });
    root.innerHTML = text;
    const list = root.querySelector(".sc");
    const show = () => (list.hidden = false);
    list.hidden = true; // until it has its looks, and in any case soon
    for (const end of ["load", "error"]) root.querySelector("link").addEventListener(end, show);
    setTimeout(show, 2000);
  }

  // As a frame that is as high as what is in it.
  function frame(place, url) {
    const made = document.createElement("iframe");
    Object.assign(made, { src: url, title: place.dataset.title || "Events", loading: "lazy" });
    made.width = "100%";
    made.height = "600";
    made.style.border = "0";
    addEventListener("message", ({ source, origin, data }) => {
      if (source !== made.contentWindow || origin !== home) return;
      const height = Number(data?.coalitionEventsHeight);
      if (height >= LOWEST && height <= HIGHEST) made.height = Math.ceil(height);
    });
    place.replaceChildren(made);
  }

  function fill() {
    for (const place of document.querySelectorAll("[data-coalition-events]")) {
      const url = place.dataset.coalitionFilled ? null : address(place);
      if (!url) continue;
      place.dataset.coalitionFilled = "yes";
      if (place.dataset.as === "frame") frame(place, url);
      else {
        insert(place, url).catch((fault) => {
          console.warn(
            `The list of events could not be shown. Is ${location.origin} on the list of sites?`,
            fault,
          );
        });
      }
    }
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
})();
