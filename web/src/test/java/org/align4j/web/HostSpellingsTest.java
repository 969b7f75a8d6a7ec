package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as people and browsers write them reach a server; others of the same address don't, unless they are allowed by that very name. */
class HostSpellingsTest {
    private static Strangers to(String address, String... allowed) throws UnknownHostException {
        return Strangers.to(InetAddress.getByName(address), 8411, List.of(allowed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2130706433",
                "0x7f000001",
                "017700000001",
                "127.1",
                "127.0.1",
                "0x7f.0.0.1",
                "0177.0.0.1",
                "127.0.0.01",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::127.0.0.1]",
                "::1",
                "127.0.0.1.",
                "[127.0.0.1]",
                "127.0.0.256"
            })
    void otherSpellingsAreRefused(String host) throws UnknownHostException {
        for (String listens : List.of("127.0.0.1", "0.0.0.0")) {
            assertThatThrownBy(() -> to(listens).check(host + ":8411", null, null, false))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("Host");
            assertThatThrownBy(() -> to(listens).check("127.0.0.1:8411", "http://" + host + ":8411", null, false))
                    .isInstanceOf(Refusal.class);
            assertThatCode(() -> to(listens, host).check(host + ":8411", null, null, false))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.9.1", "[::1]", "[0:0:0:0:0:0:0:1]", "localhost"})
    void theUsualOnesAreTaken(String host) throws UnknownHostException {
        for (String listens : List.of("127.0.0.1", "0.0.0.0")) {
            assertThatCode(() -> to(listens).check(host + ":8411", null, null, false))
                    .doesNotThrowAnyException();
        }
    }
}
