// Waiting.

/** Wait; a network that comes back ends the wait, an aborted `signal` breaks it off. */
export function pause(seconds, signal = null) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    const end = (settle, value) => () => (clearTimeout(timer), settle(value?.()));
    addEventListener("online", end(resolve), { once: true });
    signal?.addEventListener("abort", end(reject, () => signal.reason), { once: true });
  });
}
