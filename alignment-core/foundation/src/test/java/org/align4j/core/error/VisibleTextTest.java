package org.align4j.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VisibleTextTest {
    @Test
    void terminalCommandsAreShown() {
        assertThat(VisibleText.of("\u001b[2Jgone\u0007")).isEqualTo("\\u001b[2Jgone\\u0007");
        assertThat(VisibleText.of("a\u009b31mb\u007f")).isEqualTo("a\\u009b31mb\\u007f");
    }

    @Test
    void turnedDirectionsAreShown() {
        assertThat(VisibleText.of("user\u202egnp.exe")).isEqualTo("user\\u202egnp.exe");
        for (char c : "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c".toCharArray()) {
            assertThat(VisibleText.of("x" + c)).isEqualTo("x\\u" + hex(c));
        }
    }

    private static String hex(char c) {
        String digits = Integer.toHexString(c);
        return "0000".substring(digits.length()) + digits;
    }

    @Test
    void ordinaryTextIsLeftAlone() {
        String text = "Zeile\n\tשלום 你好 🙂 e\u0301 family\u200d\r\n";
        assertThat(VisibleText.of(text)).isSameAs(text);
    }

    @Test
    void halvesOfACharacterAreShown() {
        assertThat(VisibleText.of("a\ud83d")).isEqualTo("a\\ud83d");
        assertThat(VisibleText.of("\ude42b\ud83d\ude42\ud83dc\u0000")).isEqualTo("\\ude42b\ud83d\ude42\\ud83dc\\u0000");
    }

    @Test
    void aLoneCarriageReturnWouldWriteOverTheLine() {
        assertThat(VisibleText.of("loss 9.9\rloss 0.1\r")).isEqualTo("loss 9.9\\u000dloss 0.1\\u000d");
    }
}
