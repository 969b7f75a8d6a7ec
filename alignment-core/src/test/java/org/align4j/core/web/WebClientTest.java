package org.align4j.core.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebClientTest {
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
