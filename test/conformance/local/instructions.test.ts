/** dot-qmail(5) and qmail-command(8): what a .qmail file may say. Numbers in titles are those of the conformance cases. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bounced, delivered, type Ended, Home, later, message } from '../../helpers/delivery.ts'

const head = 'Return-Path: <s@d.example>\nDelivered-To: joe@h.e.example\n'

test('I3: what a program finds in its environment', async (t) => {
  const home = new Home(t)
  const names =
    'DEFAULT EXT EXT2 EXT3 EXT4 HOST HOST2 HOST3 HOST4 LOCAL RECIPIENT SENDER NEWSENDER USER HOME INHERITED'
  home.write('.qmail-a-b-default', `|for n in ${names}; do eval "echo $n=\\$$n"; done\n|pwd\n`)
  const ended = await home.deliver({ dash: '-', ext: 'a-b-c-d' })
  assert.deepEqual(ended.stdout.split('\n'), [
    'DEFAULT=c-d',
    'EXT=a-b-c-d',
    'EXT2=b-c-d',
    'EXT3=c-d',
    'EXT4=d',
    'HOST=h.e.example',
    'HOST2=h.e',
    'HOST3=h',
    'HOST4=h',
    'LOCAL=joe-a-b-c-d',
    'RECIPIENT=joe-a-b-c-d@h.e.example',
    'SENDER=s@d.example',
    'NEWSENDER=s@d.example',
    'USER=joe',
    `HOME=${home.path}`,
    'INHERITED=yes',
    home.path,
    'did 0+0+2',
    '',
  ])
})

test('I4: DEFAULT of a file that was matched exactly', async (t) => {
  const home = new Home(t)
  home.write('.qmail-a-b-default', '|echo "$DEFAULT"\n')
  assert.deepEqual(await home.deliver({ dash: '-', ext: 'a-b-default' }), delivered('default\ndid 0+0+1\n'))
})

test('I5: DEFAULT is not set when no default was matched, whatever was inherited', async (t) => {
  const home = new Home(t)
  home.write('.qmail-x', '|echo "${DEFAULT-unset}"\n')
  const ended = await home.deliver({ dash: '-', ext: 'x', env: { DEFAULT: 'inherited' } })
  assert.deepEqual(ended, delivered('unset\ndid 0+0+1\n'))
})

test('I8: -n says what each line means, up to the one that is refused', async (t) => {
  const home = new Home(t)
  const maildir = `${home.path}/Maildir/`
  home.write('.qmail', `# c\n\n./Mailbox  \t\n${maildir}\n|true \n&x@y\nx@y z\n+list\n joe@x\n.\n`)
  assert.deepEqual(
    await home.deliver({ options: ['-n'] }),
    later(
      'Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)',
      `mbox ./Mailbox\nmaildir ${maildir}\nprogram true\nforward x@y\nforward x@y z\nforward  joe@x\n`,
    ),
  )
})

test('I9: the x bit allows forwards only; what stands before a refused line is done', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '|echo no\n', 0o744)
  assert.deepEqual(await home.deliver(), later('Uh-oh: .qmail has prog delivery but has x bit set. (#4.7.0)'))
  home.write('.qmail', '|echo yes\n+list\n./Mailbox\n')
  assert.deepEqual(
    await home.deliver(),
    later('Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)', 'yes\n'),
  )
})

test('I12: what the exit code of a program means', async (t) => {
  const home = new Home(t)
  const expected: Readonly<Record<number, Ended>> = {
    0: delivered('out\nsecond\ndid 0+0+2\n'),
    99: delivered('out\ndid 0+0+1\n'),
  }
  for (const code of [0, 1, 64, 65, 70, 75, 76, 77, 78, 99, 100, 111, 112, 113, 126, 127]) {
    home.write('.qmail', `|echo out; exit ${code}\n|echo second\n`)
    const never = [64, 65, 70, 76, 77, 78, 100, 112].includes(code)
    const failed = never ? bounced('', 'out\n') : later('', 'out\n')
    assert.deepEqual(await home.deliver(), expected[code] ?? failed, `exit ${code}`)
  }
})

test('I13: a program that dies by a signal', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '|kill -SEGV $$\n')
  assert.deepEqual(await home.deliver(), later('Aack, child crashed. (#4.3.0)'))
})

test('every program finds the whole message on descriptor 0, whoever read it before', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '|cat > one\n|read line; echo "$line" > two\n|cat > three\n|cat > four\n./Mailbox\n')
  assert.deepEqual(await home.deliver(), delivered('did 1+0+4\n'))
  assert.equal(home.read('two'), 'Subject: t\n')
  for (const name of ['one', 'three', 'four']) assert.equal(home.read(name), message)
  assert.ok(home.read('Mailbox').includes(`${head}${message.slice(0, 19)}`))
})

test('programs can open /dev/stdin, /dev/stdout and /dev/stderr', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '|head -1 /dev/stdin > /dev/stdout; echo trouble > /dev/stderr; exit 100\n')
  assert.deepEqual(await home.deliver(), bounced('trouble', 'Subject: t\n'))
})

test('bytes that are no UTF-8 reach programs in arguments and environment as they are', async (t) => {
  const home = new Home(t)
  home.write('.qmail-caf\xe9', '|printf "%s" "\xff $EXT $RECIPIENT"\n')
  const ended = await home.deliver({ dash: '-', ext: 'caf\xe9' })
  assert.deepEqual(ended, delivered('\xff caf\xe9 joe-caf\xe9@h.e.exampledid 0+0+1\n'))
})

test('a program that leaves a child behind does not keep local', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '|sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > pid\n')
  assert.deepEqual(await home.deliver(), delivered('did 0+0+1\n'))
  process.kill(Number(home.read('pid')))
})

test('the lines of a file are followed in order, and the first failure is the last', async (t) => {
  const home = new Home(t)
  home.write('.qmail', './one\n|exit 111\n./two\n')
  assert.deepEqual(await home.deliver(), later(''))
  assert.ok(home.read('one').endsWith('last\n\n'))
  assert.throws(() => home.read('two'))
})
