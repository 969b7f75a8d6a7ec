package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.natives.NativeFolder;
import org.align4j.core.machine.natives.Ownership;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativesTest {
    @Test
    void aLibraryPathNeedsItsCompanions() {
        Map<String, String> environment = new LinkedHashMap<>(Map.of("PYTORCH_LIBRARY_PATH", "/opt/libtorch"));
        assertThat(Natives.problem(environment)).get().asString().contains("PYTORCH_FLAVOR=cpu or cu128");
        environment.put("PYTORCH_FLAVOR", "cpu");
        environment.put("PYTORCH_VERSION", "2.5.1");
        assertThat(Natives.problem(environment)).get().asString().contains("2.5.1", Natives.PYTORCH);
        environment.put("PYTORCH_VERSION", Natives.PYTORCH);
        assertThat(Natives.problem(environment)).isEmpty();
        assertThat(Natives.problem(Map.of())).isEmpty();
    }

    @Test
    void nativesComeFromTheFolderThatTheEnvironmentNames(@TempDir Path folder) throws IOException {
        NativeFolder folders = new NativeFolder(Ownership.ofProcess());
        Path engine = folder.resolve("engine");
        Path all = folder.resolve("all");
        Map<String, String> both = Map.of("ENGINE_CACHE_DIR", engine.toString(), "DJL_CACHE_DIR", all.toString());
        assertThat(Natives.folder(both, folders)).isEqualTo(engine);
        assertThatThrownBy(() -> Natives.folder(Map.of("ENGINE_CACHE_DIR", ""), folders))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("ENGINE_CACHE_DIR is empty; unset it");
    }
}
