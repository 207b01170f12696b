import { describe, expect, it } from 'vitest';

import { central, group } from '../src/own/grouping';
import { readReplyText, ReplyError } from '../src/own/reply-text';
import { fold, formOf, intentName, plainPolarity } from '../src/own/words';

describe('a text of replies', () => {
  it('has one a line, comments, and intents before a tab', () => {
    expect(readReplyText('\ufeff# no\r\n\r\n On my way! \nthanks\t Cheers!')).toEqual([
      { text: 'On my way!', intent: null },
      { text: 'Cheers!', intent: 'thanks' },
    ]);
  });

  it.each([
    ['', 'there are no replies in it'],
    ['Yes\nYES', 'line 2: the reply “YES” stands in line 1 already'],
    [`ok\n${'é'.repeat(41)}`, 'line 2: a reply may have at most 80 bytes. Got 82'],
    ['a\tb\tc', 'line 1: a reply must be one line without control characters'],
    ['Not This\tYes', 'line 1: the intent of the reply “Yes” must be in snake_case'],
    ['thanks\t ', 'line 1: the text of a reply must not be empty'],
  ])('refuses %j', (text, message) => {
    expect(() => readReplyText(text)).toThrow(ReplyError);
    expect(() => readReplyText(text)).toThrow(message);
  });

  it('names ten problems and counts the others', () => {
    const many = Array.from({ length: 13 }, () => 'x'.repeat(81)).join('\n');
    expect(() => readReplyText(many)).toThrow(/line 10: .*\n… and 3 more$/s);
  });
});

describe('words', () => {
  it('tell the form', () => {
    expect(['👍🏿 ❤️', 'How many?! 😂', 'ok', '+1'].map(formOf)).toEqual(['emoji', 'question', 'statement', 'statement']);
  });

  it('tell yes from no', () => {
    const said = ['Yep', 'Nope', 'No problem', 'No doubt', 'Of course!', "I can’t", 'Is it?', 'Maybe'].map(plainPolarity);
    expect(said).toEqual([1, -1, 0, 1, 1, -1, 0, null]);
  });

  it('make names', () => {
    expect(intentName('On my way!', new Set())).toBe('on_my_way');
    expect(intentName('Ça va', new Set(['ca_va']))).toBe('ca_va_2');
    expect(intentName('🥐', new Set())).toBe('reply_1f950');
  });

  it('are folded as in Python', () => {
    expect(fold('STRASSE Straße ΣΑΣ')).toBe('strasse strasse σασ');
  });
});

describe('groups', () => {
  const vectors = [[1, 0], [0.9, 0.436], [0, 1], [0.95, 0.312]].map((one) => Float32Array.from(one));

  it('put together what points the same way', () => {
    expect(group(vectors, [0, 0, 0, 0], 0.6)).toEqual([[0, 1, 3], [2]]);
    expect(central(vectors, [0, 1, 3])).toBe(3);
  });

  it('never put a yes and a no together', () => {
    expect(group(vectors, [1, -1, 0, 1], 0.6)).toEqual([[0, 3], [1], [2]]);
  });

  it('of nothing are none', () => {
    expect(group([], [], 0.6)).toEqual([]);
  });
});
