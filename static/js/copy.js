// Copy buttons: shown only where scripts run; every word stands in the button itself.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const usual = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // a page without https has no clipboard
    }
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = usual), 4000);
  });
}
