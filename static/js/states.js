// How far single memes are, asked for all of them at once until each is final.

const AT_ONCE = 200; // what the server answers for
const FIRST_MS = 700;
const SLOWEST_MS = 4000;

const watched = new Map(); // id -> what to call
let waitMs = FIRST_MS;
let timer = null;

// Calls `tell(state)` on each change; it answers true when it wants to hear no more before the state is final.
export function watchState(id, tell) {
  watched.set(String(id), tell);
  waitMs = FIRST_MS;
  timer ??= setTimeout(ask, waitMs);
}

async function ask() {
  const ids = [...watched.keys()].slice(0, AT_ONCE);
  if (document.visibilityState === "visible") await read(ids);
  waitMs = Math.min(SLOWEST_MS, waitMs * 1.2);
  timer = watched.size ? setTimeout(ask, waitMs) : null;
}

async function read(ids) {
  const answer = await fetch(`/states/?ids=${ids.join(",")}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return; // asked again later
  const { states } = await answer.json();
  const known = new Map(states.map((state) => [String(state.id), state]));
  for (const id of ids) {
    const state = known.get(id);
    if (!state || watched.get(id)(state) || state.is_final) watched.delete(id);
  }
}
