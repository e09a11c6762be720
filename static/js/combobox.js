// A text field with a list of what could be meant, as WAI-ARIA describes it: nothing moves, and nothing is taken unasked.

let count = 0;

export class Combobox {
  // `look(input)` promises options, each with `label`, perhaps `help` and `image`, and `take()`, which writes it into the field.
  constructor(input, look) {
    this.input = input;
    this.look = look;
    this.options = [];
    this.active = -1;
    this.list = document.createElement("ul");
    Object.assign(this.list, { className: "options", id: `options-${++count}`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    input.after(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) input.setAttribute(name, value);
    input.addEventListener("keydown", (event) => this.pressed(event), { capture: true });
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take([...this.list.children].indexOf(option));
    });
  }

  // Only the answer to the latest question is shown.
  async ask(pauseMs = 0) {
    this.running?.abort();
    const mine = (this.running = new AbortController());
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (mine.signal.aborted) return;
    const options = await this.look(this.input, mine.signal).catch(() => []);
    if (!mine.signal.aborted && document.activeElement === this.input) this.show(options);
  }

  show(options) {
    this.options = options;
    this.list.replaceChildren(...options.map((option, place) => this.line(option, place)));
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.point(-1);
  }

  line(option, place) {
    const line = document.createElement("li");
    line.id = `${this.list.id}-${place}`;
    line.setAttribute("role", "option");
    const label = document.createElement("b");
    label.textContent = option.label;
    const help = document.createElement("span");
    help.textContent = option.help ?? "";
    if (option.image) line.append(Object.assign(new Image(28, 28), { src: option.image, alt: "" }));
    line.append(label, " ", help);
    return line;
  }

  close() {
    this.running?.abort();
    this.show([]);
  }

  point(place) {
    this.active = place;
    [...this.list.children].forEach((line, index) => line.setAttribute("aria-selected", String(index === place)));
    const line = this.list.children[place];
    if (line) this.input.setAttribute("aria-activedescendant", line.id);
    else this.input.removeAttribute("aria-activedescendant");
    line?.scrollIntoView({ block: "nearest" });
  }

  take(place) {
    const option = this.options[place];
    this.close();
    option.take();
  }

  pressed(event) {
    if (event.isComposing || this.list.hidden) return;
    const last = this.options.length - 1;
    if (event.key === "ArrowDown") this.point(this.active < last ? this.active + 1 : -1);
    else if (event.key === "ArrowUp") this.point(this.active < 0 ? last : this.active - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && this.active >= 0) this.take(this.active);
    else if (event.key === "Escape") this.close();
    else {
      if (event.key === "Enter" || event.key === "Tab") this.close();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
