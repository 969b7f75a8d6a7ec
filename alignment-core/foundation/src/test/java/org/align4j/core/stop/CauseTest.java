package org.align4j.core.stop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CauseTest {
    /** As shells have it: 128 and the signal's number. */
    @Test
    void theExitCodeSaysWhichSignalItWas() {
        assertThat(Cause.HUP.exitCode()).isEqualTo(128 + 1);
        assertThat(Cause.INT.exitCode()).isEqualTo(128 + 2);
        assertThat(Cause.TERM.exitCode()).isEqualTo(128 + 15);
        assertThat(Cause.HUP.exception()).hasMessageContaining("SIGHUP");
    }
}
