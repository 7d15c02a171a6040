/** The items in their order, beginning with another one each round, so that none always comes after the same. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const at = round % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
