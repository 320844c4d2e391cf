// SPDX-License-Identifier: GPL-3.0-or-later
//
// Live events of the server: the little of Engine.IO 4 and Socket.IO 5 over WebSocket that listening takes. What is missed
// while there is no connection is not sent again: `onmissed` says that something may have been.
//
//   server 0{…} open · client 40 may I? · server 40{…} welcome, 42["name",…] an event, 2 ping · client 3 pong · server 41 farewell

export interface Listener {
  onevent(name: string): void;
  /** connected again after a while without */
  onmissed(): void;
}

const PATH = '/api/socket.io/?EIO=4&transport=websocket';
/** The server pings every 25 seconds; after so much silence the connection is dead, whatever the browser thinks. */
const SILENCE_MS = 60_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** Listens until what it returns is called, or the server says that this session may not. */
export function listen(listener: Listener): () => void {
  let socket: WebSocket | undefined;
  let isOver = false;
  let wasWelcome = false;
  let wait = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function after(ms: number, what: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(what, ms);
  }

  function connect(): void {
    const mine = new WebSocket(location.origin.replace(/^http/, 'ws') + PATH);
    socket = mine;
    after(SILENCE_MS, () => mine.close());
    mine.onmessage = ({ data }) => {
      if (mine === socket && typeof data === 'string') hear(mine, data);
    };
    mine.onclose = () => {
      if (mine === socket) retry();
    };
  }

  function retry(): void {
    socket = undefined;
    if (isOver) return clearTimeout(timer);
    // Pages that lost one server do not all come back to it in one moment.
    after(wait * (0.5 + Math.random()), connect);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function hear(mine: WebSocket, packet: string): void {
    after(SILENCE_MS, () => mine.close());
    if (packet.startsWith('0')) mine.send('40');
    else if (packet === '2') mine.send('3');
    else if (packet.startsWith('40')) welcome();
    else if (packet.startsWith('42')) listener.onevent(nameOf(packet));
    else if (packet.startsWith('41') || packet.startsWith('44')) stop();
  }

  function welcome(): void {
    wait = FIRST_WAIT_MS;
    if (wasWelcome) listener.onmissed();
    wasWelcome = true;
  }

  function stop(): void {
    isOver = true;
    clearTimeout(timer);
    socket?.close();
    socket = undefined;
  }

  connect();
  return stop;
}

function nameOf(packet: string): string {
  try {
    const [name] = JSON.parse(packet.slice(2)) as unknown[];
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}
