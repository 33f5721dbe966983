// When a recording counts down, records and ends. Rules only: no DOM, no clock.

/** Seconds that one may choose: until it begins, and that it lasts. */
export const DELAYS = [0, 1, 2, 3, 5, 10];
export const DURATIONS = [1, 2, 3, 5, 10, 20, 30];

export const OVER = { phase: "over", left: 0 };
export const RECORDING = { phase: "recording", left: 0 };

/**
 * What a recording without hands does, `elapsed` seconds after its button: {phase:
 * "countdown", "recording" or "over", left: whole seconds of it, rounded up}.
 */
export function phaseAt(elapsed, { delay, duration }) {
  if (elapsed < delay) return { phase: "countdown", left: Math.ceil(delay - elapsed) };
  const left = Math.ceil(delay + duration - elapsed);
  return left > 0 ? { ...RECORDING, left } : OVER;
}
