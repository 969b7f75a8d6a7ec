package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void aLinkIsNeverOpened() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Path lock = Files.createSymbolicLink(folder.resolve(".lock"), victim);
        assertThatThrownBy(() -> OpenFile.open(lock))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(".lock is a link, which is not followed; remove it");
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nothing"));
        assertThatThrownBy(() -> OpenFile.open(dangling)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> OpenFile.create(dangling)).isInstanceOf(FileSystemException.class);
        assertThat(victim).hasContent("precious");
        assertThat(folder.resolve("nothing")).doesNotExist();
    }

    @Test
    void aWholeFileTakesALinksPlace() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Path page = Files.createSymbolicLink(folder.resolve("report.html"), victim);
        AtomicFile.write(page, new byte[] {'x'});
        assertThat(victim).hasContent("precious");
        assertThat(Files.isSymbolicLink(page)).isFalse();
        assertThat(page).hasContent("x");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("victim", "report.html");
    }

    @Test
    void namesAsideCannotBeForeseen() {
        Path file = folder.resolve("result.json");
        assertThat(TemporaryNames.incoming(file).getFileName().toString())
                .matches("\\.tmp-result\\.json-[0-9a-f]{16}")
                .isNotEqualTo(TemporaryNames.incoming(file).getFileName().toString());
    }
}
