// A list of messages, cut down to what the network reads (smartreply/conversation.py does the same in Python).

import { oneLine } from './text';

/** One message. */
export interface Message {
  text: string;
  /** "me" for the user of this device; anything else, or nothing, for the other side. */
  sender?: string;
}

export interface Conversation {
  /** The last message. */
  text: string;
  /** The messages before it, oldest first, one a line. */
  context: string;
  /** Why there is nothing to answer, or "". */
  silence: string;
}

/** So many of the last messages are read. */
export const MAX_MESSAGES = 10;

/** The conversation of messages that stand oldest first. */
export function readConversation(messages: readonly Message[]): Conversation {
  const last = messages.slice(-MAX_MESSAGES);
  const newest = last.at(-1);
  if (!newest) return { text: '', context: '', silence: 'there are no messages' };
  const text = oneLine(newest.text);
  const before = last.slice(0, -1).map((message) => oneLine(message.text));
  let silence = '';
  if (newest.sender === 'me') silence = 'the last message is from me: there is nothing to answer yet';
  else if (!text) silence = 'the last message has no text';
  return { text, context: before.filter((line) => line).join('\n'), silence };
}
