// The messages on the screen.

import type { Message } from '../engine';
import { byId, make } from './dom';

/** The conversation, and its bubbles. */
export class Thread {
  private readonly list = byId('thread', HTMLOListElement);
  private said: Message[] = [];
  private draft: HTMLLIElement | null = null;

  /** What was said, oldest first. */
  get messages(): readonly Message[] {
    return this.said;
  }

  /** Put in place of all that was said. */
  reset(messages: readonly Message[]): void {
    this.said = [];
    this.draft = null;
    this.list.replaceChildren();
    for (const message of messages) this.add(message);
  }

  add(message: Message): void {
    this.showDraft('');
    this.said.push(message);
    this.list.append(bubble(message, ''));
    this.toEnd();
  }

  /** What the other side is typing, as a bubble in the making; none for "". */
  showDraft(text: string): void {
    if (!text) {
      this.draft?.remove();
      this.draft = null;
      return;
    }
    const fresh = bubble({ text, sender: 'them' }, 'draft');
    fresh.setAttribute('aria-hidden', 'true'); // the text field says it already
    if (this.draft) this.draft.replaceWith(fresh);
    else this.list.append(fresh);
    this.draft = fresh;
    this.toEnd();
  }

  private toEnd(): void {
    this.list.scrollTop = this.list.scrollHeight;
  }
}

function bubble({ text, sender }: Message, more: string): HTMLLIElement {
  const mine = sender === 'me';
  const body = make('p', 'bubble', make('span', 'unseen', mine ? 'Me: ' : 'Sam: '), text);
  body.dir = 'auto';
  return make('li', `turn ${mine ? 'mine' : 'theirs'} ${more}`.trim(), body);
}
