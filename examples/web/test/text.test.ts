import { describe, expect, it } from 'vitest';

import { readConversation } from '../src/engine/conversation';
import { decodeRows, encodeRow, oneLine, strip } from '../src/engine/text';

describe('rows of bytes', () => {
  it('keeps the end of a long text and never half a character', () => {
    expect([...encodeRow('né', 8)]).toEqual([110, 195, 169, 0, 0, 0, 0, 0]);
    expect([...encodeRow('né!', 2)]).toEqual([33, 0]);
    expect([...encodeRow('a😂', 4)]).toEqual([0xf0, 0x9f, 0x98, 0x82]);
    expect([...encodeRow('😂a', 4)]).toEqual([97, 0, 0, 0]);
  });

  it('puts U+FFFD where half a surrogate pair stands, as UTF-8 has to', () => {
    expect([...encodeRow('\ud83d', 4)]).toEqual([0xef, 0xbf, 0xbd, 0]);
  });

  it('reads texts back without the zeros', () => {
    expect(decodeRows(Uint8Array.of(104, 105, 0, 195, 169, 33), 2)).toEqual(['hi', 'é!']);
  });
});

describe('white space', () => {
  it('is what it is in Python, not in JavaScript', () => {
    expect(oneLine(' a\u001c\u0085 b\u3000\nc ')).toBe('a b c');
    expect(strip('\ufeffa\ufeff')).toBe('\ufeffa\ufeff');
  });
});

describe('conversations', () => {
  it('answers the last message with the nine before it, one a line', () => {
    const messages = Array.from({ length: 12 }, (_, number) => ({ text: `${number}\nx` }));
    const { text, context, silence } = readConversation(messages);
    expect(text).toBe('11 x');
    expect(context).toBe('2 x\n3 x\n4 x\n5 x\n6 x\n7 x\n8 x\n9 x\n10 x');
    expect(silence).toBe('');
  });

  it('passes over messages without text, and says why there is nothing to answer', () => {
    expect(readConversation([{ text: ' ' }, { text: 'hi' }]).context).toBe('');
    expect(readConversation([]).silence).toBe('there are no messages');
    expect(readConversation([{ text: 'hi', sender: 'me' }]).silence).toContain('the last message is from me');
    expect(readConversation([{ text: '\u0085' }]).silence).toBe('the last message has no text');
  });
});
