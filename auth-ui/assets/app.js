// Small comforts. Without this file every page still does all it should.

const progress = document.getElementById("progress");

/** Lets a password be read: brings out the button beside the field. */
function reveal(button) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.firstElementChild.textContent = shown ? "Hide" : "Show";
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  // Browsers offer to save what is a password when the form leaves, and might keep the rest as a form entry.
  field.form.addEventListener("submit", () => show(false));
}

/** Says that a form is on its way and keeps it from being sent twice. */
function pending(form) {
  let button = form.querySelector("button[data-pending]");
  if (!button) return;
  let idle = [...button.childNodes];
  form.addEventListener("submit", (event) => {
    if (button.ariaBusy === "true") {
      event.preventDefault();
      return;
    }
    // A form may be sent to several places, by a button for each.
    if (event.submitter?.dataset.pending) button = event.submitter;
    idle = [...button.childNodes];
    button.ariaBusy = "true";
    button.replaceChildren(button.dataset.pending);
    progress.textContent = button.dataset.pending;
  });
  // A page taken from the back-forward cache is as it was left: make it usable again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    button.ariaBusy = "false";
    button.replaceChildren(...idle);
    progress.textContent = "";
  });
}

document.querySelectorAll("button.reveal").forEach(reveal);
document.querySelectorAll("form").forEach(pending);
