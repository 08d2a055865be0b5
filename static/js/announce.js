// Speaks the progress of background work at 25, 50, 75 and 100 %, from words in the panel itself.
const quarter = (panel) => {
  const bar = panel?.querySelector("progress");
  return bar ? Math.floor(bar.position * 4) : 0;
};

for (const line of document.querySelectorAll("[data-announces]")) {
  const find = () => document.getElementById(line.dataset.announces);
  let spoken = quarter(find());
  document.addEventListener("htmx:afterSettle", () => {
    const reached = quarter(find());
    if (reached > spoken) line.textContent = find().dataset.say;
    spoken = reached;
  });
}
