// Keeping the page for when the network is off.

import { byId } from './dom';

/** Register the service worker; when everything that was loaded is kept, say so. Only the built page has one. */
export async function keepOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const line = byId('offline', HTMLParagraphElement);
  try {
    await navigator.serviceWorker.register('./worker.js');
    const { active } = await navigator.serviceWorker.ready;
    const keep = performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('/wasm/'));
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      line.textContent = 'Kept on this device: it works with the network off.';
      line.dataset.kept = 'yes';
    };
    active?.postMessage({ keep }, [port2]);
  } catch (error) {
    line.textContent = `It could not be kept for offline use: ${error instanceof Error ? error.message : String(error)}`;
  }
}
