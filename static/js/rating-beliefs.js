// What the site believes of whoever answers, kept level with the answers while somebody looks at it.

const REST_MS = 1500; // between two looks: somebody answers five times a second

export class Beliefs {
  #isStale = false;
  #isSeen = false;
  #timer = 0;

  constructor(element) {
    this.element = element;
    if (!element) return;
    // Hidden, it has no place to be seen at: then the first thing to say is fetched in any case.
    const look = ([{ isIntersecting }]) => {
      this.#isSeen = isIntersecting;
      this.#wake();
    };
    new IntersectionObserver(look, { threshold: 0.01 }).observe(element);
  }

  // The site has learned something new, or unlearned it.
  changed() {
    this.#isStale = true;
    this.#wake();
  }

  #wake() {
    if (!this.element || !this.#isStale || this.#timer || !(this.#isSeen || this.element.hidden)) return;
    this.#timer = setTimeout(() => this.#fetch(), REST_MS);
  }

  async #fetch() {
    this.#isStale = false;
    const answer = await fetch(this.element.dataset.src, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) this.#show(await answer.text());
    this.#isStale ||= !answer; // no connection: tried again with the next answer
    this.#timer = 0;
    if (answer) this.#wake();
  }

  #show(html) {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const focused = this.element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    this.element.replaceChildren(...body.childNodes);
    this.element.hidden = !this.element.querySelector(".belief");
    if (focused) [...this.element.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
}
