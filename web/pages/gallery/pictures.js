// The pictures of the cards move: once when they are first seen, and whenever somebody
// comes to their card. They are SVG files that move while they are addressed as `#live`,
// for less than five seconds; who wants no motion sees them still.

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {Iterable<HTMLElement>} cards */
export function enliven(cards) {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        play(target);
      }
    },
    { threshold: 0.6 },
  );
  for (const card of cards) {
    seen.observe(card);
    card.addEventListener("pointerenter", () => play(card));
    card.addEventListener("focusin", () => play(card));
  }
}

/** From its beginning, as an address that comes anew starts it. @param {Element} card */
function play(card) {
  const picture = /** @type {HTMLImageElement} */ (card.querySelector("img"));
  const file = picture.src.split("#")[0];
  picture.src = file;
  if (!still.matches) requestAnimationFrame(() => (picture.src = `${file}#live`));
}
