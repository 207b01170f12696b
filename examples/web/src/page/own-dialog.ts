// The dialog for one's own replies.

import { ReplyError, type SmartReply } from '../engine';
import { byId } from './dom';

/**
 * Wire up the dialog.
 * @param build makes a model of the pasted replies.
 * @param use takes it; null stands for the model's own replies.
 */
export function setUpOwnReplies(
  build: (text: string) => Promise<SmartReply>,
  use: (smart: SmartReply | null) => Promise<void>,
): void {
  const dialog = byId('own', HTMLDialogElement);
  const text = byId('own-text', HTMLTextAreaElement);
  const error = byId('own-error', HTMLParagraphElement);
  const apply = byId('own-use', HTMLButtonElement);
  const file = byId('own-file', HTMLInputElement);

  const fail = (message: string): void => {
    error.textContent = message;
    text.setAttribute('aria-invalid', String(message !== ''));
  };
  byId('open-own', HTMLButtonElement).addEventListener('click', () => {
    fail('');
    dialog.showModal();
    text.focus();
  });
  byId('own-reset', HTMLButtonElement).addEventListener('click', async () => {
    await use(null);
    dialog.close();
  });
  file.addEventListener('change', async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      text.value = new TextDecoder('utf-8', { fatal: true }).decode(await chosen.arrayBuffer());
      fail('');
    } catch {
      fail(`${chosen.name} is not a text file in UTF-8.`);
    }
    file.value = '';
  });
  apply.addEventListener('click', async () => {
    apply.disabled = true;
    apply.textContent = 'Reading them…';
    await new Promise(requestAnimationFrame);
    try {
      await use(await build(text.value));
      dialog.close();
    } catch (problem) {
      if (!(problem instanceof ReplyError)) throw problem;
      fail(problem.message);
      text.focus();
    } finally {
      apply.disabled = false;
      apply.textContent = 'Use these';
    }
  });
}
