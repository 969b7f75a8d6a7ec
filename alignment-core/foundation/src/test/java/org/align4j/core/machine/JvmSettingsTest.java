package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

/** What a JVM must be told: refused where it was told the opposite, and the same as the launcher tells it. */
class JvmSettingsTest {
    private static void require(Map<String, String> environment, Map<String, String> properties) {
        JvmSettings.require(environment, properties::get);
    }

    @Test
    void whatSaysTheOppositeIsRefused() {
        assertThatThrownBy(() -> require(Map.of("OMP_DYNAMIC", "TRUE"), Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("OMP_DYNAMIC is TRUE but must be false")
                .hasMessageContaining("start Java with OMP_DYNAMIC=false");
        assertThatThrownBy(() -> require(Map.of(), Map.of("ai.djl.pytorch.graph_optimizer", "true")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("start Java with -Dai.djl.pytorch.graph_optimizer=false");
    }

    @Test
    void whatIsRightOrUnsetOrOnlyUsualIsNot() {
        assertThatCode(() -> require(Map.of(), Map.of())).doesNotThrowAnyException();
        assertThatCode(() -> require(
                        Map.of("MKL_DYNAMIC", "false", "MKL_CBWR", "COMPATIBLE", "DJL_OFFLINE", "false"),
                        Map.of("ai.djl.default_engine", "PyTorch")))
                .doesNotThrowAnyException();
    }

    @Test
    void theLauncherTellsTheSame() throws IOException {
        String launcher = Files.readString(Path.of(System.getProperty("align4j.root"), "align"));
        assertThat(JvmSettings.ALL).hasSize(8).allSatisfy(setting -> {
            String name = setting.name().equals("ai.djl.offline") ? "DJL_OFFLINE" : setting.name();
            assertThat(launcher).containsAnyOf(setting.text(), name + "=\"${" + name + ":-" + setting.value() + "}\"");
        });
    }
}
