package org.align4j.core.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TerminalTest {
    /** Linux' launcher knows whether a person watches; Windows' has Java look. */
    @Test
    void theLauncherOrTheConsoleTellsWhetherAPersonWatches() {
        assertThat(Terminal.watched("true", false)).isTrue();
        assertThat(Terminal.watched("false", true)).isFalse();
        assertThat(Terminal.watched("", true)).isFalse();
        assertThat(Terminal.watched("console", true)).isTrue();
        assertThat(Terminal.watched("console", false)).isFalse();
    }
}
