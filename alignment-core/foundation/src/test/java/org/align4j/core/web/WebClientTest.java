package org.align4j.core.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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
