// The engine alone, without the page: built as assets/engine.js, to be used from other pages, too.
//
//   import { SmartReply, startLiteRt } from './assets/engine.js';
//   await startLiteRt('wasm/');
//   const smart = await SmartReply.load(new Uint8Array(await (await fetch('smartreply.tflite')).arrayBuffer()));
//   const { replies, reason } = await smart.suggest([{ text: 'lunch?', sender: 'them' }]);

export type { Message } from './conversation';
export type { Signals, Status } from './gate';
export { ModelFileError } from './model-file';
export { startLiteRt } from './network';
export { type Reply, SmartReply, type Suggestions } from './smart-reply';
export { ReplyError } from '../own/reply-text';
