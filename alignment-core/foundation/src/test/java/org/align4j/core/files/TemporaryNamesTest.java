package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemporaryNamesTest {
    /** The random end begins at the last dash: a name may have dashes of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"step-000100", "a", "model-00001-of-00002.safetensors", "-"})
    void theNameIsReadBackWithItsDashes(String name) {
        Path path = Path.of("folder", name);
        for (Path aside :
                new Path[] {TemporaryNames.incoming(path), TemporaryNames.outgoing(path), TemporaryNames.former(path)
                }) {
            assertThat(TemporaryNames.target(aside)).isEqualTo(name);
            assertThat(TemporaryNames.is(aside)).isTrue();
            assertThat(aside.getParent()).isEqualTo(path.getParent());
        }
        assertThat(TemporaryNames.successor(TemporaryNames.former(path))).isEqualTo(path);
        assertThat(TemporaryNames.is(path)).isFalse();
    }
}
