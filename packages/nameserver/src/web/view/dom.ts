type Child = Node | string;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element. Strings become text and attributes, never markup, whoever has written them. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAll(element, attributes);
  element.append(...children);
  return element;
}

/** An element of a picture. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAll(element, attributes);
  element.append(...children);
  return element;
}

/** True is an attribute without a value; false and undefined are none. */
export function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** The part of the page that is called so. */
export function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as T;
}

export function button(text: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = el('button', { type: 'button', ...attributes }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** Puts other children in the place of those that are there; what had the focus has it again, by its `href` or id. */
export function replace(parent: HTMLElement, ...children: readonly Child[]): void {
  const { activeElement } = document;
  const focused = parent.contains(activeElement) ? keyOf(activeElement) : undefined;
  parent.replaceChildren(...children);
  if (focused === undefined) return;
  const again = [...parent.querySelectorAll<HTMLElement>('a, button, input, select')];
  again.find((element) => keyOf(element) === focused)?.focus({ preventScroll: true });
}

function keyOf(element: Element | null): string | undefined {
  return element?.getAttribute('href') ?? element?.id;
}
