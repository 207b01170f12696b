// The page: whoever types as Sam sees three replies for the other side as they type.

import { SmartReply, startLiteRt } from '../engine';
import { Answer } from './answer';
import { byId, make } from './dom';
import { keepOffline } from './offline';
import { setUpOwnReplies } from './own-dialog';
import { OPENING, SAMPLES } from './samples';
import { Thread } from './thread';

const state = byId('state', HTMLParagraphElement);
const draft = byId('draft', HTMLTextAreaElement);
const form = byId('compose', HTMLFormElement);
const always = byId('always', HTMLInputElement);
const thread = new Thread();
const answer = new Answer((text, byKey) => {
  if (writer() === 'them' && draft.value.trim()) send('them', draft.value);
  send('me', text);
  write('them');
  if (byKey) draft.focus(); // the chip is gone; a tap must not open the keyboard of a phone
});

let smart: SmartReply | null = null;
let builtIn: SmartReply | null = null;
let asked = 0;

/** Suggest for what was said, and for what Sam is typing. */
async function update(): Promise<void> {
  const typing = writer() === 'them' && draft.value.trim() !== '';
  thread.showDraft(typing ? draft.value : '');
  if (!smart) return;
  const messages = typing ? [...thread.messages, { text: draft.value, sender: 'them' }] : thread.messages;
  const question = (asked += 1);
  const start = performance.now();
  const found = await smart.suggest(messages, always.checked);
  const took = performance.now() - start;
  if (question === asked) answer.show(found, took); // else something newer was typed meanwhile
}

function writer(): 'them' | 'me' {
  return new FormData(form).get('sender') === 'me' ? 'me' : 'them';
}

function write(as: 'them' | 'me'): void {
  form.querySelector<HTMLInputElement>(`input[value="${as}"]`)!.checked = true;
  draft.placeholder = as === 'me' ? 'I write…' : 'Sam writes…';
}

function setDraft(text: string): void {
  draft.value = text;
  void update();
}

function send(sender: 'them' | 'me', text: string): void {
  thread.add({ text: text.trim(), sender });
  setDraft('');
}

async function use(other: SmartReply | null): Promise<void> {
  const before = smart;
  smart = other ?? builtIn;
  if (before !== builtIn && before !== smart) before?.delete();
  if (smart) state.textContent = `${smart.replies.length.toLocaleString('en')} ${other ? 'own replies' : 'replies ready'}`;
  await update();
}

function setUp(): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (draft.value.trim()) send(writer(), draft.value);
    draft.focus();
  });
  form.addEventListener('change', () => {
    write(writer());
    void update();
  });
  draft.addEventListener('input', () => void update());
  draft.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  always.addEventListener('change', () => void update());
  byId('clear', HTMLButtonElement).addEventListener('click', () => {
    thread.reset([]);
    write('them');
    setDraft('');
    draft.focus();
  });
  const scores = byId('show-scores', HTMLButtonElement);
  scores.addEventListener('click', () => {
    const on = scores.getAttribute('aria-pressed') !== 'true';
    scores.setAttribute('aria-pressed', String(on));
    byId('figures', HTMLElement).hidden = !on;
    answer.setScores(on);
  });
  byId('samples', HTMLUListElement).append(...SAMPLES.map(([name, text]) => {
    const button = make('button', 'sample', make('span', 'kind', name), make('span', 'text', text));
    button.type = 'button';
    button.addEventListener('click', () => {
      write('them');
      setDraft(text);
    });
    return make('li', '', button);
  }));
  setUpOwnReplies((text) => builtIn!.withReplies(text), use);
}

async function start(): Promise<void> {
  setUp();
  thread.reset(OPENING);
  const open = byId('open-own', HTMLButtonElement);
  open.disabled = true;
  try {
    const file = fetch('./smartreply.tflite');
    await startLiteRt(new URL('./wasm/', document.baseURI).href);
    const response = await file;
    if (!response.ok) throw new Error(`the model smartreply.tflite is not beside the page (HTTP ${response.status})`);
    builtIn = await SmartReply.load(new Uint8Array(await response.arrayBuffer()));
    await use(null);
    open.disabled = false;
  } catch (error) {
    state.textContent = `Smart reply could not start: ${error instanceof Error ? error.message : String(error)}`;
    state.classList.add('error');
    return;
  }
  await keepOffline();
}

void start();
