// The service worker: keeps the page's files, so that it opens with the network off. The build writes in their list.

declare const self: ServiceWorkerGlobalScope;

const CACHE = 'earmark-__VERSION__';
const FILES = '__FILES__' as unknown as readonly string[];

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(['./', ...FILES].map((file) => new Request(file, { cache: 'no-cache' })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith('earmark-') && name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

// The page tells which build of LiteRT it took; the answer says that all is kept.
self.addEventListener('message', (event) => {
  const { keep } = event.data as { keep: string[] };
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      for (const address of keep) if (!(await cache.match(address))) await cache.add(address);
      event.ports[0]?.postMessage('kept');
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method !== 'GET' || new URL(url).origin !== self.location.origin) return;
  event.respondWith(
    (async () => (await (await caches.open(CACHE)).match(event.request, { ignoreSearch: true })) ?? fetch(event.request))(),
  );
});

export {};
