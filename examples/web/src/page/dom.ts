// Small help with the document. Text is only ever set as text, never as markup.

/** The element of an id, which has to be of `type`. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} #${id}`);
  return found;
}

/** A new element with a class and text or children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...inside: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...inside);
  return element;
}

/** A probability as per cent: 0.0964 is "9.6 %". */
export function perCent(value: number): string {
  return `${(100 * value).toFixed(1)}\u202f%`;
}
