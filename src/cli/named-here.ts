/** Names that the library's messages use, and what they are called on the command line. */
const NAMED_HERE: readonly (readonly [RegExp, string])[] = [
  [/(behavioralSignals|detectDeepfakes|checkEndpoint)\(\{ endpoint \}\)/g, '--endpoint'],
  [/createBatchClient\(\{ baseUrl \}\)/g, '--base-url'],
  [/ Use https:\/\/, or set allowInsecure: true if the network is trusted\./g, ''],
  [/channel\(index\)/g, '--channel'],
  [/jitter\.targetMs/g, '--jitter'],
  [/list\(\{ startDate \}\): must be a day, YYYY-MM-DD, or a valid Date/g, '--from: must be a day, YYYY-MM-DD'],
  [/list\(\{ endDate \}\): must be a day, YYYY-MM-DD, or a valid Date/g, '--to: must be a day, YYYY-MM-DD'],
  [/list\(\{ endDate \}\): must be after startDate/g, '--to: must be after --from'],
  [/ Use TLS, or set allowInsecure: true if the network is trusted\./g, ''],
  [/\bhost: (?=.* give tls, or allowInsecure)/g, '--host: '],
  [/give tls, or allowInsecure: true if/g, 'give --tls-cert and --tls-key, or --allow-insecure if'],
  [/ Check cid and apiKey\./g, ''],
  [/(?:fromPcap|bindRtp)\(\{ (codec|sdp|port|host)s?(?:\[\d+\])? \}\)/g, '--$1'],
  [
    /this is a packet capture, not audio that can be decoded/g,
    'this is a packet capture; "behavioral-signals-rx pcap FILE" plays it',
  ],
  [/, or an object with payloadType and name, but got/g, ', or a name with a payload type, as opus:111, but got'],
  [/give fromPcap\(\) the port, and the sdp or codecs of the call/g, 'give --port, and --sdp or --codec'],
  [/listMicrophones\(\) and the options device and backend/g, '--list, --device and --backend'],
  [
    /for raw samples give decode\(\{ format: \{ encoding, sampleRate, channels \} \}\)/g,
    'raw samples need a header: ffmpeg -f s16le -ar 16000 -ac 1 -i FILE -f wav - | behavioral-signals-rx stream -',
  ],
];

/** A message of the library, in the words of the command line. */
export function namedHere(message: string): string {
  return NAMED_HERE.reduce((text, [theirs, ours]) => text.replace(theirs, ours), message).trim();
}
