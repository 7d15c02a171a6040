/**
 * Asks the server for a sign of life, as ssh2 1.17 does by itself in its intervals, and cannot be told to do at once: a request that no server
 * knows, which it has to answer.
 */
export function askForSign(client: object): void {
  const [protocol, waiting] = [Reflect.get(client, '_protocol'), Reflect.get(client, '_callbacks')];
  if (!Array.isArray(waiting) || typeof protocol?.ping !== 'function') return;
  // Answers to global requests come in the order of the requests.
  waiting.push(() => {});
  protocol.ping();
}
