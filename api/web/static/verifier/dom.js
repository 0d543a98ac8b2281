// Elements made by hand: text is always text, never markup, whoever wrote it.

/**
 * An element with attributes and children; what is no element is text, and null is nothing.
 * @param {string} tag
 * @param {Record<string, string | boolean | null | undefined>} [attributes] true stands without a value; false and null not at all
 * @param {...(Node | string | number | null)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  const there = children.filter((child) => child !== null);
  made.append(...there.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/**
 * Children with something between them.
 * @template T
 * @param {T[]} items
 * @param {(item: T) => Node} draw
 * @param {string} [between]
 * @returns {(Node | string)[]}
 */
export function drawn(items, draw, between = ", ") {
  return items.flatMap((item, at) => (at === 0 ? [draw(item)] : [between, draw(item)]));
}
