// Asking the API of the site.

// The answer as JSON; throws an Error with a sentence for people when there is none.
export async function ask(address, { method = "GET", body, signal, keepalive } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  const isForm = body instanceof FormData;
  if (body && !isForm) headers["Content-Type"] = "application/json";
  const sent = isForm || body === undefined ? body : JSON.stringify(body);
  const answer = await fetch(address, { method, headers, body: sent, signal, keepalive }).catch((error) => {
    throw error.name === "AbortError" ? error : new Error("The site does not answer. Are you online?");
  });
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(reason(answer.status, said));
  return said;
}

function reason(status, said) {
  if (status === 401) return "You have been signed out: sign in and try again.";
  if (status === 403) return "This page is too old: load it again and retry.";
  // Without the name that the field has in the API; whoever asked knows what was asked.
  const [ofField] = Object.values(said?.errors ?? {});
  const sentence = Array.isArray(ofField) && typeof ofField[0] === "string" ? ofField[0] : said?.detail;
  return sentence ?? `The site could not do this (error ${status}).`;
}
