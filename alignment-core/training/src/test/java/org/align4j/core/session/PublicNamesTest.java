package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicNamesTest {
    @ParameterizedTest
    @CsvSource({
        "/srv/clients/acme/llama-ft/, llama-ft",
        "./clients/acme/llama-ft, llama-ft",
        "../clients/acme/llama-ft, llama-ft",
        "..\\clients\\acme\\llama-ft, llama-ft",
        "C:\\clients\\llama-ft, llama-ft",
        "~/llama-ft, llama-ft",
        "/c/models--org--base/snapshots/0a1b, org/base",
        "org/base, org/base",
        ".hidden, .hidden",
    })
    void aPathIsWithoutItsFolders(String text, String shown) {
        assertThat(PublicNames.of(text)).isEqualTo(shown);
    }
}
