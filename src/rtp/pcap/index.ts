export { type CapturedFrame, PcapReader } from './pcap-reader.js';
export { isKnownLinkType, type UdpDatagram, udpDatagram } from './udp-datagram.js';
