/**
 * The host of a request as a URL has it. Godot sends an IPv6 address without brackets, with or without a port: `::1:9080`
 * (docs/engine/websocket-peer.md#opening-handshake-of-a-client). Where both readings are possible, the last number is the port.
 */
export function urlHost(host: string): string {
  if (host.startsWith('[') || host.indexOf(':') === host.lastIndexOf(':')) return host;
  const colon = host.lastIndexOf(':');
  const address = host.slice(0, colon);
  const port = host.slice(colon + 1);
  if (isIPv6(address) && /^[1-9]\d{0,4}$/.test(port)) return `[${address}]:${port}`;
  return isIPv6(host) ? `[${host}]` : host;
}

function isIPv6(text: string): boolean {
  return /^[0-9a-fA-F:.]+$/.test(text) && URL.canParse(`ws://[${text}]`);
}
