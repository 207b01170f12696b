// Replies that say about the same, found from their vectors (smartreply/grouping.py does the same in Python).

/** The scalar product of two vectors of one length. */
export function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += one[index]! * other[index]!;
  return sum;
}

/**
 * Groups of rows whose mean cosine with each other group's rows is below `threshold`: average linkage; a yes and a no are
 * never put together. Row numbers rise within a group, and groups stand in the order of their first rows.
 */
export function group(vectors: readonly Float32Array[], polarity: readonly number[], threshold: number): number[][] {
  const n = vectors.length;
  const likeness = vectors.map((one, row) =>
    Float32Array.from(vectors, (other, column) =>
      row === column || polarity[row]! * polarity[column]! < 0 ? -Infinity : dot(one, other),
    ),
  );
  const groups = new Map(vectors.map((_, row) => [row, [row]]));
  const best = likeness.map(greatest);
  const value = Float32Array.from(best, (column, row) => likeness[row]![column]!);
  while (groups.size > 1) {
    const top = greatest(value);
    if (!(value[top]! >= threshold)) break;
    const one = Math.min(top, best[top]!);
    const other = Math.max(top, best[top]!);
    const share = Math.fround(groups.get(one)!.length / (groups.get(one)!.length + groups.get(other)!.length));
    const rest = Math.fround(1 - share);
    for (let row = 0; row < n; row += 1) {
      const inside = row === one || row === other;
      const a = likeness[one]![row]!;
      const b = likeness[other]![row]!;
      const merged = inside ? -Infinity : Math.fround(share * a) + Math.fround(rest * b);
      likeness[one]![row] = merged;
      likeness[row]![one] = merged;
      likeness[other]![row] = -Infinity;
      likeness[row]![other] = -Infinity;
    }
    groups.get(one)!.push(...groups.get(other)!);
    groups.delete(other);
    value[other] = -Infinity;
    // A mean never exceeds the greater of the two it is made of, so every other row keeps its best.
    for (let row = 0; row < n; row += 1) {
      if (row !== one && best[row] !== one && best[row] !== other) continue;
      best[row] = greatest(likeness[row]!);
      value[row] = likeness[row]![best[row]!]!;
    }
  }
  return [...groups.values()].map((rows) => rows.sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!);
}

/** The row of a group that is most like the others; the first of equals. */
export function central(vectors: readonly Float32Array[], rows: readonly number[]): number {
  const sums = rows.map((row) => rows.reduce((sum, other) => sum + dot(vectors[row]!, vectors[other]!), 0));
  return rows[greatest(sums)]!;
}

/** Where the greatest value stands; the first of equals. */
export function greatest(values: ArrayLike<number>): number {
  let found = 0;
  for (let index = 1; index < values.length; index += 1) if (values[index]! > values[found]!) found = index;
  return found;
}
