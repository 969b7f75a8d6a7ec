package org.align4j.core.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a key comes from, and that it goes nowhere but into a request. */
class ServiceKeyTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("SOME_KEY", " sk-S3CRET \n", "BLANK", " ", "ODD", "two words");

    @TempDir
    Path folder;

    private static String sent(ServiceKey key) {
        HttpRequest request =
                key.sign(HttpRequest.newBuilder(URI.create("http://localhost"))).build();
        return request.headers().firstValue("Authorization").orElseThrow();
    }

    @Test
    void itComesFromAVariableOrAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "sk-S3CRET\n");
        for (String named : new String[] {"SOME_KEY", "file:" + file}) {
            ServiceKey key = ServiceKey.require("judge-key", named, ENVIRONMENT);
            assertThat(sent(key)).isEqualTo("Bearer sk-S3CRET");
            assertThat(key.removedFrom("wrong key sk-S3CRET!")).isEqualTo("wrong key …!");
            assertThat(key).asString().doesNotContain("S3CRET");
        }
        assertThat(ServiceKey.find("judge-key", "UNSET", ENVIRONMENT)).isNull();
        assertThat(ServiceKey.find("judge-key", "BLANK", ENVIRONMENT)).isNull();
    }

    /** Who gives the key itself must not find it in the log. */
    @ParameterizedTest
    @ValueSource(strings = {"sk-S3CRET", "S3CRET", "file:", "S3CRET=x", "", "two words", "ODD", "BLANK"})
    void whatIsNoNameIsRefusedWithoutBeingRepeated(String named) {
        assertThatThrownBy(() -> ServiceKey.require("reward-key", named, ENVIRONMENT))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("reward-key")
                .hasMessageNotContaining("S3CRET")
                .hasMessageNotContaining("two words");
    }

    @Test
    void aFileMustHoldAKeyAndNothingElse() throws IOException {
        assertRefused(folder.resolve("none"), "no file");
        assertRefused(folder, "no file");
        assertRefused(Files.writeString(folder.resolve("empty"), "\n"), "empty");
        assertRefused(Files.writeString(folder.resolve("lines"), "S3CRET\nsecond"), "can't be sent in a header");
        assertRefused(Files.writeString(folder.resolve("long"), "S3CRET".repeat(9_000)), "too long for a key");
        assertRefused(Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff, 1}), "can't be read as text");
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> ServiceKey.find("judge-key", "file:" + file, Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words)
                .hasMessageNotContaining("S3CRET");
    }
}
