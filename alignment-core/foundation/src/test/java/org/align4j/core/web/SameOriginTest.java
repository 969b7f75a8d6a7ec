package org.align4j.core.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SameOriginTest {
    /** A port that is left out is the scheme's own. */
    @ParameterizedTest
    @CsvSource({
        "https://a.example/x, https://A.example:443/y, true",
        "http://a.example, http://a.example:80, true",
        "https://a.example, https://a.example:80, false",
        "http://a.example, http://a.example:443, false",
        "http://a.example, https://a.example, false",
        "https://a.example, https://b.example, false",
        "http://a.example:8411, http://a.example:8412, false"
    })
    void anOriginIsSchemeHostAndPort(String one, String other, boolean same) {
        assertThat(WebClient.isSameOrigin(URI.create(one), URI.create(other))).isEqualTo(same);
    }
}
