// Keeping what the page says about the library true: looks again when somebody comes back to it.

import { toast } from "./toast.js";

export function look() {
  document.body.dispatchEvent(new Event("mse:look"));
}

export function start() {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 401) return;
    document.querySelector("#progress")?.remove(); // it would ask again every two seconds
    toast("You have been signed out.", { href: "/accounts/login/", label: "Sign in" });
  });
}
