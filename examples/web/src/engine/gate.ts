// The reason for speaking or staying silent, in the words of Python (smartreply/gates.py).

import type { Settings } from './model-file';

export const STATUSES = ['success', 'no_reply', 'unsupported_language', 'sensitive'] as const;
export type Status = (typeof STATUSES)[number];

/** In the order of the model's numbers: self_harm, medical, violence, abuse, adult. */
const TOPICS = ['self-harm', 'a medical matter', 'violence', 'abuse', 'adult content'];

/** What the model says about a conversation. */
export interface Signals {
  /** Probability that a short reply follows. */
  trigger: number;
  /** Probability of a sensitive topic. */
  sensitive: number;
  topic: number;
  /** Probability that the message is English. */
  english: number;
  /** Probability that it asks a yes/no question. */
  polar: number;
}

/**
 * Why the model says what it says.
 * @param status of the model.
 * @param always whether suggestions are wanted also where a short reply is unlikely.
 */
export function reasonOf(status: Status, signals: Signals, settings: Settings, always: boolean): string {
  const figures = `(probability ${two(signals.trigger)}, needed ${two(settings.trigger_threshold)})`;
  switch (status) {
    case 'sensitive':
      return (
        `the message seems to be about ${TOPICS[signals.topic] ?? 'a sensitive matter'} ` +
        `(probability ${two(signals.sensitive)}, silent from ${two(settings.sensitive_threshold)} on)`
      );
    case 'unsupported_language':
      return (
        `the message does not seem to be English (probability of English ${two(signals.english)}, ` +
        `needed ${two(settings.english_threshold)})`
      );
    case 'success':
      return `a short reply is likely here ${figures}`;
    case 'no_reply':
      return always
        ? `a short reply is unlikely here, but suggestions were asked for always ${figures}`
        : `a short reply is unlikely here ${figures}`;
  }
}

function two(value: number): string {
  return value.toFixed(2);
}
