/** Says to screen readers what the eye sees by itself; only the last of what comes in a hurry, and nothing twice. */
export class Announcer {
  readonly #element: HTMLElement;
  #timer: number | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  say(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#put(text), 800);
  }

  #put(text: string): void {
    if (this.#element.textContent !== text) this.#element.textContent = text;
  }
}
