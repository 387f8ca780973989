/* What several parts need to know about the server's answers. */

/* Later than that, an answer counts as none. */
const ANSWER_MS = 5000;

/* The last answer of /status. */
let latestStatus = null;

/* Asks `url`, and resolves to {ok, answer, reason}: the JSON that the server says, and why it is
 * not what was asked for. Never throws, so that a fault of this page is not taken for one of
 * the server. */
async function askServer(url) {
    try {
        const response = await fetch(url, { cache: "no-store",
            signal: AbortSignal.timeout(ANSWER_MS) });
        const text = await response.text();
        const answer = response.headers.get("Content-Type").startsWith("application/json") ?
            JSON.parse(text) : null;
        if (response.ok && answer) return { ok: true, answer, reason: null };
        /* Other errors than the planner's are a line of text that begins with the status. */
        return { ok: false, answer, reason: answer?.error || text.trim().slice(0, 200) ||
            "status " + response.status };
    } catch (error) {
        return { ok: false, answer: null, reason: error.name === "TimeoutError" ?
            "nothing within " + ANSWER_MS / 1000 + " s" : "cannot connect" };
    }
}
