// What can be told of a reply from its words alone (smartreply/reply_texts.py does the same in Python).

import { strip } from '../engine/text';

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu;
/** Zero-width joiner and variation selectors inside an emoji. */
const JOINERS = /[\u200d\ufe0f\ufe0e]/gu;
const SYMBOLS = /(?![\u0000-\u007f])[\p{So}\p{Sk}]/gu;

const YES = new Set(
  ('yes yeah yep yup yess yesss sure absolutely definitely certainly totally indeed ok okay alright deal gladly agreed').split(' '),
);
const NO = new Set("no nope nah never neither can't cannot won't don't not didn't isn't unfortunately".split(' '));

/** Python's `str.casefold()`, by way of the upper case letters. */
export function fold(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** The words, case folded, with a straight apostrophe. */
export function wordsOf(text: string): string[] {
  return (text.match(WORD) ?? []).map((word) => fold(word).replaceAll('’', "'"));
}

/** "emoji" for nothing but emoji, "question" for what ends in a question mark, "statement" else. */
export function formOf(text: string): 'statement' | 'question' | 'emoji' {
  const bare = text.replace(JOINERS, '').replace(/\s/gu, '');
  const plain = bare.replace(SYMBOLS, '');
  if (bare && !plain) return 'emoji';
  return /\?[!?]*$/u.test(plain) ? 'question' : 'statement';
}

/** What the words say for certain: 1 yes, -1 no, 0 neither; null where they do not. */
export function plainPolarity(text: string): number | null {
  const words = wordsOf(text);
  const [first = '', second = ''] = words;
  if (!first || formOf(text) === 'question') return 0;
  if (first === 'no' && ['problem', 'worries', 'rush', 'doubt'].includes(second)) return second === 'doubt' ? 1 : 0;
  if (['of course', 'for sure', 'why not'].includes(`${first} ${second}`)) return 1;
  if ((first === 'i' || first === 'sorry') && words.slice(1, 3).some((word) => NO.has(word))) return -1;
  return YES.has(first) ? 1 : NO.has(first) ? -1 : null;
}

/** A name in snake_case for what `text` says, not among `taken`. */
export function intentName(text: string, taken: ReadonlySet<string>): string {
  const plain = wordsOf(text).join(' ').replaceAll("'", '').normalize('NFKD').replace(/[^\u0000-\u007f]/gu, '');
  let name = (plain.match(/[a-z0-9]+/g) ?? []).slice(0, 5).join('_');
  if (!name) {
    const codes = [...strip(text).replace(JOINERS, '').replace(/\s/gu, '')].map((c) => c.codePointAt(0)!.toString(16));
    name = ['reply', ...codes].slice(0, 4).join('_');
  }
  let found = name;
  for (let number = 2; taken.has(found); number += 1) found = `${name}_${number}`;
  return found;
}
