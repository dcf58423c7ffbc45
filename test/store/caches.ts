/** As much of a browser's CacheStorage as is used: responses kept whole, read any number of times. */
export class Caches {
  readonly stores = new Map<string, Map<string, Response>>();
  /** What every use fails with, if anything. */
  failure: Error | undefined;

  async open(name: string): Promise<Pick<Cache, 'match' | 'put' | 'delete' | 'keys'>> {
    if (this.failure) throw this.failure;
    const store = this.stores.get(name) ?? new Map<string, Response>();
    this.stores.set(name, store);
    return {
      match: async (key) => store.get(key as string)?.clone(),
      put: async (key, response) => {
        const bytes = await response.arrayBuffer();
        store.set(key as string, new Response(bytes, { headers: response.headers }));
      },
      delete: async (key) => store.delete(key as string),
      keys: async () => [...store.keys()].map((url) => new Request(url)),
    };
  }
}
