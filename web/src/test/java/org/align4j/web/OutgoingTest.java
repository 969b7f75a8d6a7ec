package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.error.InputException;
import org.align4j.web.AllowedAddresses.NotAllowed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server sends to addresses that clients name reaches nothing but what was permitted. */
@Timeout(60)
class OutgoingTest {
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

    /** A server that says one thing to each connection and keeps what it was sent. */
    private record Saying(ServerSocket socket, BlockingQueue<String> heard) implements AutoCloseable {
        static Saying of(String answer, boolean close) throws IOException {
            Saying saying =
                    new Saying(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), new LinkedBlockingQueue<>());
            Thread thread = new Thread(() -> saying.answer(answer, close), "saying");
            thread.setDaemon(true);
            thread.start();
            return saying;
        }

        private void answer(String answer, boolean close) {
            try {
                while (true) {
                    Socket client = socket.accept();
                    heard.add(request(client.getInputStream()));
                    client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                    client.getOutputStream().flush();
                    if (close) {
                        client.close();
                    }
                }
            } catch (IOException closed) {
                // the test is over
            }
        }

        private static String request(InputStream in) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            while (!bytes.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n{}")) {
                bytes.write(in.read());
            }
            return bytes.toString(StandardCharsets.UTF_8);
        }

        URI at(String host) {
            return URI.create("http://" + host + ":" + socket.getLocalPort() + "/grade?a=b%20c");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static Outgoing outgoing(String... rules) {
        return new Outgoing(AllowedAddresses.of(List.of(rules)), Duration.ofSeconds(5), 1000);
    }

    private static InetAddress[] addresses(String address) throws UnknownHostException {
        return new InetAddress[] {InetAddress.getByName(address)};
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloMORE",
                "HTTP/1.0 200 OK\r\n\r\nhello",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
            })
    void anAnswerIsReadInEveryShape(String answer) throws Exception {
        try (Saying saying = Saying.of(answer, true)) {
            Outgoing.Answer read = outgoing("localhost").post(saying.at("127.0.0.1"), Map.of("X-A", "b"), BODY);
            assertThat(read.granted()).isTrue();
            assertThat(read.text()).isEqualTo("hello");
            assertThat(saying.heard().take())
                    .startsWith("POST /grade?a=b%20c HTTP/1.1\r\nHost: 127.0.0.1:"
                            + saying.socket().getLocalPort() + "\r\n")
                    .contains("X-A: b\r\n", "Content-Length: 2\r\n");
        }
    }

    @Test
    void aRedirectIsAnAnswerAndIsNotFollowed() throws Exception {
        try (Saying inside = Saying.of("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", true);
                Saying saying = Saying.of(
                        "HTTP/1.1 307 There\r\nLocation: " + inside.at("127.0.0.1") + "\r\nContent-Length: 0\r\n\r\n",
                        true)) {
            Outgoing.Answer read = outgoing("localhost").post(saying.at("127.0.0.1"), Map.of(), BODY);
            assertThat(read.status()).isEqualTo(307);
            assertThat(inside.heard()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\nx",
                "SSH-2.0-OpenSSH\r\n"
            })
    void anAnswerThatIsNoneFails(String answer) throws Exception {
        try (Saying saying = Saying.of(answer, true)) {
            assertThatThrownBy(() -> outgoing("127.0.0.1").post(saying.at("127.0.0.1"), Map.of(), BODY))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void anAnswerWithoutAnEndIsBounded() throws Exception {
        try (Saying saying = Saying.of("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(2000), false)) {
            assertThatThrownBy(() -> outgoing("127.0.0.1").post(saying.at("127.0.0.1"), Map.of(), BODY))
                    .hasMessageContaining("longer than 1000 bytes");
        }
        try (Saying silent = Saying.of("HTTP/1.1 200 OK\r\n", false)) {
            Outgoing hasty = new Outgoing(AllowedAddresses.of(List.of("127.0.0.1")), Duration.ofMillis(300), 1000);
            long begun = System.nanoTime();
            assertThatThrownBy(() -> hasty.post(silent.at("127.0.0.1"), Map.of(), BODY))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun))
                    .isLessThan(5);
        }
    }

    @Test
    void whoReadsNothingIsLeftInTime() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outgoing hasty = new Outgoing(AllowedAddresses.of(List.of("127.0.0.1")), Duration.ofMillis(300), 1000);
            URI address = URI.create("http://127.0.0.1:" + deaf.getLocalPort() + "/");
            assertThatThrownBy(() -> hasty.post(address, Map.of(), new byte[64 << 20]))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "http://127.1/",
                "http://2130706433/",
                "http://0.0.0.0/",
                "http://10.1.2.3/",
                "http://172.16.0.1/",
                "http://192.168.1.1/",
                "http://169.254.169.254/latest/meta-data",
                "http://168.63.129.16/",
                "http://100.100.100.200/",
                "http://224.0.0.1/",
                "http://255.255.255.255/",
                "http://[::1]/",
                "http://[::]/",
                "http://[fe80::1]/",
                "http://[fd00:ec2::254]/",
                "http://[::ffff:127.0.0.1]/",
                "http://[64:ff9b::7f00:1]/",
                "http://[2002:7f00:1::1]/",
                "http://public.example/",
                "http://user@public.example/",
                "ftp://public.example/",
                "file:///etc/passwd",
                "http:///nohost"
            })
    void nothingIsReachedThatNobodyPermitted(String address) {
        for (List<String> rules : List.of(List.<String>of(), List.of("other.example", "8.8.8.8"))) {
            AllowedAddresses allowed = AllowedAddresses.of(
                    rules,
                    host -> host.equals("public.example")
                            ? addresses("93.184.216.34")
                            : InetAddress.getAllByName(host));
            assertThatThrownBy(() -> allowed.require(URI.create(address))).isInstanceOf(NotAllowed.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://hooks.example/,hooks.example,93.184.216.34,true",
        "http://HOOKS.example.:80/,hooks.example:80,93.184.216.34,true",
        "https://hooks.example/,hooks.example:80,93.184.216.34,false",
        "https://hooks.example/,hooks.example:443,93.184.216.34,true",
        "http://hooks.example/,hooks.example,127.0.0.1,false",
        "http://hooks.example/,hooks.example,10.0.0.1,false",
        "http://hooks.example/,hooks.example,169.254.169.254,false",
        "http://hooks.example/,hooks.example,fd00::1,false",
        "http://hooks.example/,hooks.example,::ffff:10.0.0.1,false",
        "http://hooks.example/,hooks.example,2606:2800:220:1::1,true",
        "http://hooks.example/,10.0.0.0/8,10.0.0.1,true",
        "http://hooks.example/,10.0.0.0/8,11.0.0.1,false",
        "http://hooks.example/,10.128.0.0/9,10.127.255.255,false",
        "http://hooks.example/,fd00::/8,fd12::1,true",
        "http://hooks.example/,[fd12::1]:80,fd12::1,true",
        "http://hooks.example/,0.0.0.0/0,127.0.0.1,true",
        "http://evil.hooks.example/,hooks.example,93.184.216.34,false"
    })
    void rulesPermitWhatTheySay(String address, String rule, String resolved, boolean permitted) throws Exception {
        AllowedAddresses allowed = AllowedAddresses.of(List.of(rule), host -> addresses(resolved));
        if (permitted) {
            assertThat(allowed.require(URI.create(address)).getAddress()).isEqualTo(InetAddress.getByName(resolved));
        } else {
            assertThatThrownBy(() -> allowed.require(URI.create(address)))
                    .isInstanceOf(NotAllowed.class)
                    .hasMessageContaining("--allow-address");
        }
    }

    /** The name is looked up once: what it would say the second time doesn't matter. */
    @Test
    void dnsThatChangesChangesNothing() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AllowedAddresses.Resolver changing =
                host -> addresses(asked.incrementAndGet() == 1 ? "127.0.0.1" : "169.254.169.254");
        try (Saying saying = Saying.of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true)) {
            Outgoing outgoing =
                    new Outgoing(AllowedAddresses.of(List.of("127.0.0.0/8"), changing), Duration.ofSeconds(5), 1000);
            assertThat(outgoing.post(saying.at("rebind.example"), Map.of(), BODY)
                            .text())
                    .isEqualTo("ok");
            assertThat(asked).hasValue(1);
            assertThatThrownBy(() -> outgoing.post(saying.at("rebind.example"), Map.of(), BODY))
                    .isInstanceOf(NotAllowed.class);
            assertThat(saying.heard()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.0.0.0/33", "10.0.0/8", "host:0", "host:99999", "http://host", "a b", "::1/200", "*"})
    void aRuleThatIsNoneIsRefused(String rule) {
        assertThatThrownBy(() -> AllowedAddresses.of(List.of(rule)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("HOST:PORT");
    }
}
