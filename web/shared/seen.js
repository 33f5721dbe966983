/** Once somebody sees the page: until then it takes no graphics card. */
export async function seen() {
  while (document.hidden)
    await new Promise((change) =>
      document.addEventListener("visibilitychange", change, { once: true }),
    );
}
