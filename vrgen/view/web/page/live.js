/** Live reload: the server says when the file has changed. */

const PATIENCE = { first: 1000, longest: 30000 }; // milliseconds between two tries

/**
 * Listen for as long as the page is open.
 * @param {(again: boolean) => void} changed told whether the whole page has to be loaded anew
 */
export function watch(changed) {
  const url = new URL('live', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = url.search = '';
  let wait = PATIENCE.first;
  const connect = () => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => {
      wait = PATIENCE.first;
    });
    socket.addEventListener('message', ({ data }) => {
      const said = read(data);
      if (said.type === 'changed') changed(Boolean(said.reload));
    });
    socket.addEventListener('close', () => {
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, PATIENCE.longest);
    });
  };
  connect();
}

/** @param {unknown} data */
function read(data) {
  try {
    return JSON.parse(String(data)) ?? {};
  } catch {
    return {};
  }
}
