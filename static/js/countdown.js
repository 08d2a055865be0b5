// Keeps “Starts in 12 minutes” true, once a minute. The words come from the page.
const MINUTE = 60_000;
const SOON = 90 * MINUTE;

function say(line) {
  const { starts, one, many, now } = line.dataset;
  const left = Math.ceil((new Date(starts) - Date.now()) / MINUTE);
  if (left > SOON / MINUTE) return;
  const words = left <= 0 ? now : left === 1 ? one : many.replace("#", left);
  if (line.textContent !== words) line.textContent = words;
}

for (const line of document.querySelectorAll("[data-starts]")) {
  setInterval(() => say(line), MINUTE);
}
