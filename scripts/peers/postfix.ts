/**
 * A whole Postfix with its own configuration, queue and mailbox, on one port of loopback. It runs in a mount namespace in which the
 * fetched files lie over /usr and /etc and its users exist, and in a process namespace that ends with it: nothing of it
 * is installed, nothing stays behind. Needs root. Used by the benches and as a foreign peer in tests.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchPeer } from './fetch.ts'

export interface PostfixPlan {
  /** An empty or missing folder on the disk to be used; gets queue/, data/ and mail/. */
  readonly spool: string
  readonly port: number
  /** Further lines of main.cf. */
  readonly settings?: readonly string[]
  /** Accepted mail waits in Postfix's hold queue: no delivery. */
  readonly hold?: boolean
}

export interface Postfix {
  /** Mail for you@example.test. */
  readonly maildir: string
  readonly queue: string
  /** The process that all of it ends with. */
  readonly pid: number
  stop(): Promise<void>
}

const MAIL_OWNER = 59950
const POSTDROP = 59951
const MAILBOX_OWNER = 59999

function mainSettings({ spool, hold = false, settings = [] }: PostfixPlan): string {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${spool}/queue`,
    `data_directory = ${spool}/data`,
    'command_directory = /usr/sbin',
    'daemon_directory = /usr/lib/postfix/sbin',
    'myhostname = postfix.example.test',
    'mydestination =',
    'alias_maps =',
    'alias_database =',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'mynetworks = 127.0.0.0/8',
    'in_flow_delay = 0',
    'default_process_limit = 250',
    'smtpd_client_event_limit_exceptions = static:all',
    'smtpd_peername_lookup = no',
    'disable_dns_lookups = yes',
    'smtp_host_lookup = native',
    'message_size_limit = 104857600',
    'virtual_mailbox_limit = 0',
    'virtual_mailbox_domains = example.test',
    `virtual_mailbox_base = ${spool}/mail`,
    'virtual_mailbox_maps = static:you/',
    `virtual_uid_maps = static:${MAILBOX_OWNER}`,
    `virtual_gid_maps = static:${MAILBOX_OWNER}`,
    `smtpd_recipient_restrictions = ${hold ? 'check_client_access static:HOLD, ' : ''}permit_mynetworks, reject`,
    ...settings,
    '',
  ].join('\n')
}

/** Everything without chroot, and the SMTP service on our port. */
function services(port: number, distributed: string): string {
  return distributed
    .replace(/^smtp +inet .*$/m, `127.0.0.1:${port} inet n - n - - smtpd`)
    .replace(/^(\S+ +(?:unix|unix-dgram) +\S+ +\S+ +)y/gm, '$1n')
}

const enter = `
set -e
peer=$1 spool=$2 etc=/etc
if [ "$peer" != / ]; then
  mount -t overlay overlay -o "lowerdir=$peer/usr:/usr" /usr
  etc=$peer/etc:/etc
fi
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay overlay -o "lowerdir=$etc,upperdir=/mnt/upper,workdir=/mnt/work" /etc
getent passwd postfix >/dev/null || echo 'postfix:x:${MAIL_OWNER}:${MAIL_OWNER}::/:/bin/false' >> /etc/passwd
getent group postfix >/dev/null || echo 'postfix:x:${MAIL_OWNER}:' >> /etc/group
getent group postdrop >/dev/null || echo 'postdrop:x:${POSTDROP}:' >> /etc/group
cp "$spool/main.cf" "$spool/master.cf" /etc/postfix
chown postfix "$spool/data"
# The shell stays the first process and ends with our starter, who holds the other end of descriptor 0.
{ postfix start-fg; echo 'postfix has ended' >&2; } &
exec cat >/dev/null
`

/** Started and accepting; or the reason why there is none here. */
export async function startPostfix(plan: PostfixPlan): Promise<Postfix | { readonly missing: string }> {
  if (process.getuid?.() !== 0) return { missing: 'a whole Postfix needs root' }
  const peer = fetchPeer('postfix')
  if ('missing' in peer) return peer
  const { spool, port } = plan
  if (await greets(port)) return { missing: `port ${port} is taken` }
  const distributed = `${peer.root === '/' ? '' : peer.root}/usr/share/postfix/master.cf.dist`
  for (const name of ['queue', 'data', 'mail', 'mail/you']) mkdirSync(`${spool}/${name}`, { recursive: true })
  for (const name of ['', '/queue', '/mail']) chmodSync(`${spool}${name}`, 0o755)
  chownSync(`${spool}/mail/you`, MAILBOX_OWNER, MAILBOX_OWNER)
  writeFileSync(`${spool}/main.cf`, mainSettings(plan))
  writeFileSync(`${spool}/master.cf`, services(port, readFileSync(distributed, 'utf8')))
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', enter, 'sh', peer.root, spool],
    { stdio: ['pipe', 'ignore', 'pipe'], cwd: '/' },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  if (!(await accepts(port, () => child.exitCode === null && !said.includes('postfix has ended')))) {
    await stop(child)
    return { missing: `Postfix did not start: ${said.trim().split('\n').at(-1) ?? ''}` }
  }
  return {
    maildir: `${spool}/mail/you`,
    queue: `${spool}/queue`,
    pid: child.pid ?? -1,
    stop: () => stop(child),
  }
}

async function accepts(port: number, lives: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && lives(); attempt += 1) {
    if (await greets(port)) return true
    await sleep(50)
  }
  return false
}

/** Does somebody say something there who is connected to? */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(2000, () => socket.destroy())
    socket.once('data', () => {
      socket.end('QUIT\r\n')
      resolve(true)
    })
    socket.once('error', () => resolve(false)).once('close', () => resolve(false))
  })
}

/** The namespace ends with its first process, and unshare(1) when nothing of the namespace is left. */
function stop(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    child.once('exit', () => done())
    const inner = childOf(child.pid ?? -1)
    if (inner === undefined) child.kill('SIGKILL')
    else process.kill(inner, 'SIGKILL')
  })
}

function childOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? undefined : Number(children.split(' ')[0])
}
