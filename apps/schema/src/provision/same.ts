/** JSON with sorted keys: equal text means equal content. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** The wanted values that a row does not have yet; null when it has them all. Other columns of the row do not count. */
export function changesTo(
  row: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const changes = Object.entries(wanted).filter(([key, value]) => canonical(row[key]) !== canonical(value));
  return changes.length === 0 ? null : Object.fromEntries(changes);
}
