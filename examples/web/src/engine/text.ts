// Text the way Python and the network read it.

/** What `str.split()` and `str.strip()` of Python take for white space; JavaScript's `\s` differs in six characters. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACES = new RegExp(`[${SPACE}]+`, 'gu');
const EDGES = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'gu');

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Python's `str.strip()`. */
export function strip(text: string): string {
  return text.replace(EDGES, '');
}

/** One line without spaces around: line breaks part turns in the context. */
export function oneLine(text: string): string {
  return strip(text).replace(SPACES, ' ');
}

/** How many bytes `text` has in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/**
 * The last `size` bytes of the UTF-8, never half a character, then zeros: the row that the network reads.
 * A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
 */
export function encodeRow(text: string, size: number): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(text);
  let start = Math.max(0, bytes.length - size);
  if (start > 0) {
    while (start < bytes.length && (bytes[start]! & 0xc0) === 0x80) start += 1;
  }
  const row = new Uint8Array(size);
  row.set(bytes.subarray(start));
  return row;
}

/** The texts of `[rows, length]` bytes of UTF-8 with zeros behind. */
export function decodeRows(bytes: Uint8Array, rows: number): string[] {
  const length = bytes.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const one = bytes.subarray(row * length, (row + 1) * length);
    const end = one.indexOf(0);
    return decoder.decode(end < 0 ? one : one.subarray(0, end));
  });
}
