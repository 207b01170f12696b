// Messages to try.

import type { Message } from '../engine';

/** How the conversation begins. */
export const OPENING: readonly Message[] = [
  { text: 'Hey! Are you around this weekend?', sender: 'them' },
  { text: 'I think so, why?', sender: 'me' },
  { text: 'We’re driving to the lake on Saturday. Want to come along?', sender: 'them' },
];

/** What Sam might say, and what it shows. */
export const SAMPLES: readonly (readonly [string, string])[] = [
  ['Good news', 'I got the job!!'],
  ['A question', 'What time should I pick you up?'],
  ['Bad news', 'My flight is delayed again, ugh'],
  ['Thanks', 'Thank you so much for helping me move'],
  ['Calls for a long answer', 'What are the most important things that you learned during your years at university?'],
  ['Another language', 'Wie geht es dir heute Abend?'],
  ['Something serious', 'The doctor says it is cancer'],
];
