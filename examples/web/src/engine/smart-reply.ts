// Smart reply: a conversation in; three replies, or the reason for silence, out.

import { describeReplies, encodeAll } from '../own/describe';
import { readReplyText } from '../own/reply-text';
import { replaceReplies } from '../own/replace';
import { readVectors } from '../own/vectors';
import { fold } from '../own/words';
import { type Message, readConversation } from './conversation';
import { reasonOf, type Signals, STATUSES, type Status } from './gate';
import { type Facts, readFacts, readReplies, type ReplyEntry } from './model-file';
import { Network } from './network';
import { decodeRows } from './text';

/** One suggestion. */
export interface Reply {
  text: string;
  /** Calibrated probability, 0 to 1, that the user would say about this. */
  score: number;
  /** What it is meant to say, such as "thanks". */
  intent: string;
}

/** Replies, or the reason for silence. */
export interface Suggestions {
  status: Status;
  /** Three, the best first; none unless the status is "success". */
  replies: Reply[];
  reason: string;
  /** What the model says about the message; null where it was not asked. */
  signals: Signals | null;
}

/** Suggests replies; made by `SmartReply.load`. */
export class SmartReply {
  private vectors: Promise<Float32Array[]> | null = null;

  private constructor(
    private readonly file: Uint8Array,
    private readonly network: Network,
    /** Thresholds, and the names of the intents. */
    readonly facts: Facts,
    /** What is chosen from. */
    readonly replies: readonly ReplyEntry[],
  ) {}

  /**
   * Take in the bytes of a model file; LiteRT must have been started (`startLiteRt`).
   * @throws ModelFileError where it was not written by `earmark export smartreply`.
   */
  static async load(file: Uint8Array): Promise<SmartReply> {
    const facts = readFacts(file);
    const replies = await readReplies(file);
    return new SmartReply(file, await Network.compile(file), facts, replies);
  }

  /**
   * Replies to the last message, the best first and then what goes with it, or none and the reason.
   * @param messages oldest first; the last ten are read.
   * @param always suggest also where a short reply is unlikely; sensitive topics and other languages stay silent.
   */
  async suggest(messages: readonly Message[], always = false): Promise<Suggestions> {
    const { text, context, silence } = readConversation(messages);
    if (silence) return { status: 'no_reply', replies: [], reason: silence, signals: null };
    const found = await this.network.suggest(text, context);
    const number = (name: string): number => Number(found[name]?.[0]);
    const signals: Signals = {
      trigger: number('trigger'),
      sensitive: number('sensitive'),
      topic: number('topic'),
      english: number('english'),
      polar: number('polar'),
    };
    const said = STATUSES[number('status')] ?? 'no_reply';
    const reason = reasonOf(said, signals, this.facts.settings, always);
    const status = said === 'no_reply' && always ? 'success' : said;
    if (status !== 'success') return { status, replies: [], reason, signals };
    const texts = decodeRows(found.replies as Uint8Array, found.scores!.length);
    const replies = texts.map((one, row) => ({
      text: one,
      score: Number(found.scores![row]),
      intent: this.facts.labels[Number(found.intents![row])] ?? '',
    }));
    return { status, replies, reason, signals };
  }

  /** The vector of a reply, unit length. */
  encode(text: string): Promise<Float32Array> {
    return this.network.encode(text);
  }

  /** The vectors of `replies`, worked out once. */
  encodeOwn(): Promise<Float32Array[]> {
    this.vectors ??= encodeAll(this.replies, this);
    return this.vectors;
  }

  /**
   * Another SmartReply that suggests the replies of a text, one a line, as `earmark export smartreply --replies` does: the
   * network's reply tower turns each into a vector here, and the model's reply table is written anew. A reply that is in
   * the model's list keeps what it learned.
   * @throws ReplyError naming the lines that are no replies.
   */
  async withReplies(text: string): Promise<SmartReply> {
    const { described, vectors } = await describeReplies(readReplyText(text), this);
    const own = readVectors(this.file);
    const learned = new Map(this.replies.map((one, row) => [fold(one.text), own[row]]));
    const kept = vectors.map((vector, row) => learned.get(fold(described[row]!.text)) ?? vector);
    const { file, labels } = replaceReplies(this.file, described, kept);
    return new SmartReply(file, await Network.compile(file), { ...this.facts, labels }, described);
  }

  /** Free its memory. */
  delete(): void {
    this.network.delete();
  }
}
