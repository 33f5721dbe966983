// Says so where the page's script, or one that it imports, has not come as it was built: a
// browser runs none of them then. It stands alone, so that it runs all the same.
const script = /** @type {HTMLScriptElement} */ (
  document.querySelector("script[type=module]") // the page's own comes first
);
import(script.src).catch(() => {
  const { dataset } = document.documentElement;
  if (dataset.state !== "loading") return;
  dataset.state = "failed";
  /** @type {HTMLElement} */ (document.getElementById("broken")).hidden = false;
});
