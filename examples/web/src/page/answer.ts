// The chips, the reason and the time, and the figures behind them.

import type { Signals, Suggestions } from '../engine';
import { byId, make, perCent } from './dom';

/** Where the suggestions stand. */
export class Answer {
  private readonly chips = byId('chips', HTMLDivElement);
  private readonly reason = byId('reason', HTMLSpanElement);
  private readonly time = byId('time', HTMLSpanElement);
  private readonly signals = byId('signals', HTMLDListElement);
  private last: Suggestions | null = null;
  private withScores = false;

  /** @param choose is told of the reply that was picked, and whether by a key. */
  constructor(private readonly choose: (text: string, byKey: boolean) => void) {}

  /** Show what was suggested, and that it took so many milliseconds. */
  show(found: Suggestions, milliseconds: number): void {
    this.last = found;
    this.draw();
    const silent = found.replies.length === 0;
    this.reason.textContent = silent ? `No suggestion: ${found.reason}` : this.withScores ? `Why: ${found.reason}` : '';
    this.chips.hidden = silent;
    this.time.textContent = found.signals ? `${milliseconds.toFixed(1)}\u202fms` : '';
    this.time.title = 'from the text to the replies, on this device';
  }

  /** Show scores and the reason, or do not. */
  setScores(on: boolean): void {
    this.withScores = on;
    if (!this.last) return;
    this.draw();
    if (this.last.replies.length) this.reason.textContent = on ? `Why: ${this.last.reason}` : '';
  }

  private draw(): void {
    const { replies, signals } = this.last!;
    this.chips.replaceChildren(...replies.map(({ text, score, intent }) => {
      const chip = make('button', 'chip', make('span', 'words', text));
      chip.type = 'button';
      if (this.withScores) {
        const figure = make('span', 'score', perCent(score));
        figure.title = `intent: ${intent}`;
        chip.append(' ', figure);
      }
      chip.addEventListener('click', (event) => this.choose(text, event.detail === 0));
      return chip;
    }));
    this.signals.replaceChildren(...(signals ? figures(signals) : [make('dd', 'none', 'There is nothing to answer.')]));
  }
}

function figures(signals: Signals): HTMLElement[] {
  const rows: [string, number][] = [
    ['A short reply follows', signals.trigger],
    ['A yes/no question', signals.polar],
    ['English', signals.english],
    ['A sensitive topic', signals.sensitive],
  ];
  return rows.flatMap(([name, value]) => {
    const fill = make('span', 'fill');
    fill.style.width = `${100 * value}%`;
    return [make('dt', '', name), make('dd', '', make('span', 'bar', fill), make('span', 'figure', perCent(value)))];
  });
}
