package org.align4j.core.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebClientTest {
    private static String answer(WebClient client, String address) throws IOException {
        try (WebBody body =
                client.send(HttpRequest.newBuilder(URI.create(address)).build()).body()) {
            return new String(body.all(1 << 20), StandardCharsets.UTF_8);
        }
    }

    /** Fifty bytes a second never stop, and never come to a megabyte. */
    @Tag("long")
    @Test
    @Timeout(60)
    void anAnswerThatDripsIsLate() throws IOException {
        try (DrippingServer server = new DrippingServer()) {
            assertThatThrownBy(() -> answer(WebClient.within(Duration.ofSeconds(3)), server.address()))
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessage("the answer was not whole within 3.0 s");
            assertThatThrownBy(() -> answer(WebClient.whileAnswersCome(Duration.ofSeconds(3)), server.address()))
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessageMatching("only \\d+ bytes came in 3.0 s");
            Duration minute = Duration.ofMinutes(1);
            assertThatThrownBy(() -> answer(WebClient.within(minute, Duration.ofSeconds(2)), server.address()))
                    .hasMessage("the answer was not whole within 2.0 s");
        }
    }

    /** A head that drips isn't there either. */
    @Test
    @Timeout(60)
    void aHeadThatDripsIsLate() throws IOException {
        try (DrippingServer server = new DrippingServer("HTTP/1.1 200 OK\r\nX-Long:")) {
            for (WebClient client : List.of(
                    WebClient.within(Duration.ofMillis(300)), WebClient.whileAnswersCome(Duration.ofMillis(300)))) {
                assertThatThrownBy(() -> answer(client, server.address()))
                        .isInstanceOf(HttpTimeoutException.class)
                        .hasMessage("nothing came for 0.3 s");
            }
        }
    }

    /** A body whose sending takes several times the longest wait isn't late as long as it goes on; one that nobody takes is. */
    @Test
    @Timeout(60)
    void aBodyThatIsTakenSlowlyIsNoSilence() throws Exception {
        byte[] body = new byte[24 << 20];
        HttpRequest.BodyPublisher bytes = HttpRequest.BodyPublishers.ofByteArray(body);
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(1 << 12);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            URI address = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
            HttpRequest request = HttpRequest.newBuilder(address).PUT(bytes).build();
            Duration silence = Duration.ofMillis(500);
            Thread taker = new Thread(() -> take(server, body.length));
            taker.start();
            long begun = System.nanoTime();
            assertThat(WebClient.whileAnswersCome(silence).send(request).statusCode())
                    .isEqualTo(200);
            assertThat(System.nanoTime() - begun).isGreaterThan(2 * silence.toNanos());
            taker.join();
            assertThatThrownBy(() -> WebClient.whileAnswersCome(silence).send(request))
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessage("nothing came for 0.5 s");
            assertThatThrownBy(() -> WebClient.within(silence).send(request)).isInstanceOf(HttpTimeoutException.class);
        }
    }

    /** Takes a request in some 1.5 seconds, and answers. */
    private static void take(ServerSocket server, int bytes) {
        try (Socket socket = server.accept()) {
            int piece = bytes / 30;
            for (int left = bytes; left > 0; left -= piece) {
                socket.getInputStream().skipNBytes(Math.min(left, piece));
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What may be told to the one may not be told to the other where anything but the path differs. */
    @ParameterizedTest
    @CsvSource({
        "https://hub/a, https://hub/b?c, true",
        "https://hub/a, https://HUB:443/b, true",
        "http://hub:80, http://hub/, true",
        "https://hub:8443/a, http://hub:8443/a, false",
        "https://hub/a, http://hub/a, false",
        "https://hub, https://hub:8443, false",
        "https://hub, https://hub.evil, false",
        "https://hub, https://hub@evil/, false",
        "https://hub, file:///hub, false"
    })
    void whatIsTheSamePlace(URI endpoint, URI other, boolean same) {
        assertThat(WebClient.isSameOrigin(other, endpoint)).isEqualTo(same);
    }
}
