// Replies of one's own as text: one a line, `#` before comments, an intent and a tab before the reply where wanted.
// The rules are those of `earmark replies build` (smartreply/reply_file.py).

import { byteLength, strip } from '../engine/text';
import { fold } from './words';

/** One line. */
export interface OwnReply {
  text: string;
  /** What it is meant to say, where the line says so. */
  intent: string | null;
}

/** Something in the text is no reply; the message names the lines. */
export class ReplyError extends Error {}

/** The longest reply, in bytes of UTF-8. */
export const MAX_BYTES = 80;
/** So many replies at most: grouping looks at every pair. */
export const MAX_OWN = 5_000;

const TOLD = 10;

/**
 * The replies of a text.
 * @throws ReplyError where there are none, or lines are no replies; it names the first ten.
 */
export function readReplyText(text: string): OwnReply[] {
  const own: OwnReply[] = [];
  const problems: string[] = [];
  const first = new Map<string, number>();
  text.replace(/^\ufeff/u, '').split(/\r\n|\r|\n/).forEach((line, index) => {
    const reply = parse(line);
    if (typeof reply === 'string') problems.push(`line ${index + 1}: ${reply}`);
    if (reply === null || typeof reply === 'string') return;
    const before = first.get(fold(reply.text));
    if (before !== undefined) {
      problems.push(`line ${index + 1}: the reply “${reply.text}” stands in line ${before} already.`);
      return;
    }
    first.set(fold(reply.text), index + 1);
    own.push(reply);
  });
  if (problems.length > TOLD) problems.splice(TOLD, problems.length, `… and ${problems.length - TOLD} more`);
  if (problems.length) throw new ReplyError(problems.join('\n'));
  if (!own.length) throw new ReplyError('there are no replies in it. Write one a line.');
  if (own.length > MAX_OWN) throw new ReplyError(`a model can be given at most ${MAX_OWN} replies. Got ${own.length}.`);
  return own;
}

function parse(line: string): OwnReply | string | null {
  const bare = line.replace(/^ +| +$/g, '');
  if (!strip(bare) || bare.startsWith('#')) return null;
  const tab = bare.indexOf('\t');
  const text = strip(bare.slice(tab + 1));
  const intent = tab < 0 ? null : strip(bare.slice(0, tab));
  const size = byteLength(text);
  if (!text) return 'the text of a reply must not be empty.';
  if (/[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed()) return 'a reply must be one line without control characters.';
  if (size > MAX_BYTES) return `a reply may have at most ${MAX_BYTES} bytes. Got ${size} in “${text.slice(0, 40)}…”.`;
  if (intent !== null && !/^[a-z0-9]+(_[a-z0-9]+)*$/.test(intent)) {
    return `the intent of the reply “${text}” must be in snake_case, such as say_thanks. Got “${intent}”.`;
  }
  return { text, intent };
}
