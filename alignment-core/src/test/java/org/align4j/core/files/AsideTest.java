package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsideTest {
    /** The random end begins at the last dash: a name may have dashes of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"step-000100", "a", "model-00001-of-00002.safetensors", "-"})
    void theNameIsReadBackWithItsDashes(String name) {
        Path path = Path.of("folder", name);
        for (Path aside : new Path[] {Aside.incoming(path), Aside.outgoing(path), Aside.former(path)}) {
            assertThat(Aside.target(aside)).isEqualTo(name);
            assertThat(Aside.is(aside)).isTrue();
            assertThat(aside.getParent()).isEqualTo(path.getParent());
        }
        assertThat(Aside.successor(Aside.former(path))).isEqualTo(path);
        assertThat(Aside.is(path)).isFalse();
    }
}
