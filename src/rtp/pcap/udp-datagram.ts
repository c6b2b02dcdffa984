/** A UDP datagram that was captured. */
export interface UdpDatagram {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Link layers that are understood, by their numbers in captures (tcpdump.org/linktypes.html). */
const NULL = 0;
const ETHERNET = 1;
const RAW_OLD = 12;
const RAW = 101;
const LOOP = 108;
const LINUX_SLL = 113;
const IPV4 = 228;
const IPV6 = 229;
const LINUX_SLL2 = 276;

const UDP = 17;
const VLAN_TAGS = [0x8100, 0x88a8, 0x9100];

/** Whether frames of a link layer can be read. */
export function isKnownLinkType(linkType: number): boolean {
  return [NULL, ETHERNET, RAW_OLD, 14, RAW, LOOP, LINUX_SLL, IPV4, IPV6, LINUX_SLL2].includes(linkType);
}

/**
 * Finds the UDP datagram in a captured frame: Ethernet with VLAN tags, Linux cooked (both versions), BSD loopback or raw IP; IPv4 or IPv6.
 *
 * @returns undefined for everything else, for frames that were cut, and for fragments, which are not put together.
 */
export function udpDatagram(frame: Uint8Array, linkType: number): UdpDatagram | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const at = networkStart(view, linkType);
  if (at === undefined || at + 20 > frame.length) return undefined;
  const version = frame[at]! >> 4;
  if (version === 4) return fromIpv4(frame, view, at);
  return version === 6 ? fromIpv6(frame, view, at) : undefined;
}

/** Where the IP header begins. */
function networkStart(view: DataView, linkType: number): number | undefined {
  switch (linkType) {
    case ETHERNET: {
      let at = 12;
      while (at + 2 <= view.byteLength && VLAN_TAGS.includes(view.getUint16(at))) at += 4;
      return at + 2;
    }
    case LINUX_SLL:
      return 16;
    case LINUX_SLL2:
      return 20;
    case NULL:
    case LOOP:
      return 4;
    case RAW_OLD:
    case 14:
    case RAW:
    case IPV4:
    case IPV6:
      return 0;
    default:
      return undefined;
  }
}

function fromIpv4(frame: Uint8Array, view: DataView, at: number): UdpDatagram | undefined {
  const isFragment = (view.getUint16(at + 6) & 0x3fff) !== 0;
  if (frame[at + 9] !== UDP || isFragment) return undefined;
  const text = (start: number) => frame.subarray(start, start + 4).join('.');
  return fromUdp(frame, view, at + (frame[at]! & 0x0f) * 4, text(at + 12), text(at + 16));
}

/** Extension headers before UDP are rare enough to leave out. */
function fromIpv6(frame: Uint8Array, view: DataView, at: number): UdpDatagram | undefined {
  if (at + 40 > frame.length || frame[at + 6] !== UDP) return undefined;
  const text = (start: number) => Array.from({ length: 8 }, (_, i) => view.getUint16(start + i * 2).toString(16)).join(':');
  return fromUdp(frame, view, at + 40, text(at + 8), text(at + 24));
}

function fromUdp(
  frame: Uint8Array,
  view: DataView,
  at: number,
  sourceAddress: string,
  destinationAddress: string,
): UdpDatagram | undefined {
  if (at + 8 > frame.length) return undefined;
  const end = at + view.getUint16(at + 4);
  if (end < at + 8 || end > frame.length) return undefined;
  return {
    sourceAddress,
    sourcePort: view.getUint16(at),
    destinationAddress,
    destinationPort: view.getUint16(at + 2),
    payload: frame.subarray(at + 8, end),
  };
}
