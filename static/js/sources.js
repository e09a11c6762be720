// Trying a source takes as long as its host does: the button says what is going on.

const form = document.querySelector("form.is-source");

form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "try") say(event.submitter, "Trying …");
});

// Whoever comes back to the page finds it as the browser kept it.
window.addEventListener("pageshow", () => say(form.querySelector("[name=try]"), "Try it"));

function say(button, text) {
  button.textContent = text;
}
