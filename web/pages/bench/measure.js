// How things are timed: warmed up, in turns, medians. A machine that slows down then
// slows everybody down alike.

const REST = 50; // milliseconds between contenders: some peers' threads go on spinning for a while, on cores that the next one should have
const LONG = 5000; // milliseconds of a piece of work that is warmed up after one

// contenders: [{name, run(n)}], where run does the work n times and resolves to the
// milliseconds of one unit of it. Each is warmed up and given as many repetitions a
// call as take it about 50 ms. Then all are called in turns until `seconds` are over,
// at least `least` and at most `most` times. Resolves to Map(name -> median); a
// contender that fails while it is warmed up has an Error there. `now` is the clock, in
// milliseconds.
export async function medians(
  contenders,
  { seconds = 3, least = 5, most = 200, now = () => performance.now() } = {},
) {
  const running = [],
    found = new Map();
  const once = async (run) => {
    const start = now();
    await run(1);
    return now() - start;
  };
  for (const { name, run } of contenders) {
    try {
      let whole = await once(run);
      if (whole < LONG) whole = await once(run); // the first time, kernels were compiled
      const times = Math.max(1, Math.min(100, Math.round(50 / whole)));
      if (times > 1) await run(times);
      running.push({ name, run, times, taken: [] });
    } catch (error) {
      found.set(name, error);
    }
  }
  const end = now() + 1e3 * seconds;
  for (let turn = 0; turn < most && (turn < least || now() < end); turn++) {
    for (const one of running) {
      if (running.length > 1) {
        await new Promise((resolve) => setTimeout(resolve, REST));
        // a graphics card that has rested starts slowly
        if (one.times > 1) await one.run(one.times);
      }
      one.taken.push(await one.run(one.times));
    }
  }
  for (const { name, taken } of running) found.set(name, median(taken));
  return found;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b),
    middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// One row a peer, or one without a peer. `ratio` is peer_ms / ours_ms: above 1, we are
// the faster.
export function rowsOf({ bench, work, adapter, ours, peers, note = "" }) {
  const row = (peer, found) => {
    const failed = found instanceof Error;
    const peer_ms = found == null || failed ? null : found;
    return {
      bench,
      work,
      host: "page",
      adapter,
      ours_ms: ours,
      peer,
      peer_ms,
      ratio: peer_ms === null ? null : peer_ms / ours,
      note: [note, failed ? `${peer} failed: ${found.message.slice(0, 160)}` : ""]
        .filter(Boolean)
        .join("; "),
    };
  };
  return peers.size ? [...peers].map(([peer, found]) => row(peer, found)) : [row("", null)];
}
