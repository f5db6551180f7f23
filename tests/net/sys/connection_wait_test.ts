import { assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { ClientSocket } from "../../../net/sys/client_socket.ts";
import { ERRNO } from "../../../net/sys/constants.ts";
import { Reactor } from "../../../net/sys/reactor.ts";

type Way = (reactor: Reactor, timeoutMs: number) => number | Promise<number>;
const ways: readonly [name: string, wait: Way][] = [
  ["waitSync", (reactor, timeoutMs) => reactor.waitSync(timeoutMs)],
  ["waitAsync", (reactor, timeoutMs) => reactor.waitAsync(timeoutMs)],
];

/** A socket that connects to a port of this machine, and whether it can be heard of now. */
function connecting(port: number, address = "127.0.0.1"): ClientSocket {
  const socket = new ClientSocket({ protocol: "tcp", ip: ip(address), port });
  assertEquals(socket.connect(), ERRNO.EINPROGRESS);
  return socket;
}

for (const [name, wait] of ways) {
  Deno.test(`Reactor.awaitConnection, ${name}: tells once, of success and of failure`, async () => {
    using reactor = new Reactor();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const heard: boolean[] = [];
    using good = connecting(port);
    reactor.awaitConnection(good.fd, (hasFailed) => heard.push(hasFailed));
    assertEquals([await wait(reactor, 1_000), heard], [1, [false]]);
    assertEquals([await wait(reactor, 0), heard.length], [0, 1]);
    // Nobody listens there, and nobody else takes the port of all addresses while this one has it.
    using bad = connecting(port, "127.0.0.2");
    reactor.awaitConnection(bad.fd, (hasFailed) => heard.push(hasFailed));
    assertEquals([await wait(reactor, 1_000), heard], [1, [false, true]]);
    assertEquals(bad.error(), ERRNO.ECONNREFUSED);
    assertEquals([await wait(reactor, 0), heard.length], [0, 2]);
  });

  Deno.test(`Reactor.awaitConnection, ${name}: closed sockets make room for others with their numbers`, async () => {
    using reactor = new Reactor();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let heard = 0;
    for (let i = 0; i < 3; i++) {
      using socket = connecting(listener.addr.port);
      reactor.awaitConnection(socket.fd, () => heard++);
      await wait(reactor, 1_000);
    }
    {
      using unheard = connecting(listener.addr.port);
      reactor.awaitConnection(unheard.fd, () => heard++);
      reactor.remove(unheard.fd);
    }
    using last = connecting(listener.addr.port);
    reactor.awaitConnection(last.fd, () => heard++);
    assertEquals([await wait(reactor, 1_000), heard], [1, 4]);
  });
}
