/**
 * Fetch every peer into .cache/peers and say where it is, or why it is not: `node scripts/peers.ts [NAME...]`.
 */
import { type PeerName, fetchPeer, peerNames } from './peers/fetch.ts'

const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? (wanted as PeerName[]) : peerNames) {
  const peer = fetchPeer(name)
  console.log('root' in peer ? `${name}: ${peer.root}` : peer.missing)
}
