package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedFilesTest {
    @TempDir
    Path folder;

    private final byte[] library = new byte[200_000];
    private Path natives;
    private UnpackedFiles files;

    @BeforeEach
    void unpack() throws IOException {
        new Random(3).nextBytes(library);
        natives = Files.createDirectory(folder.resolve("natives"));
        files = new UnpackedFiles(natives, Ownership.ofProcess());
    }

    private Map<String, URL> jar(String name) throws IOException {
        Path jar = folder.resolve(name);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("native/lib.so"));
            out.write(library);
        }
        return Map.of("lib.so", entry(jar));
    }

    private static URL entry(Path jar) throws MalformedURLException {
        return new URL("jar:" + jar.toUri() + "!/native/lib.so");
    }

    private Path checked() {
        return natives.resolve(UnpackedFiles.CHECKED);
    }

    @Test
    void whatIsNotThereYetIsNotChecked() throws IOException {
        files.check(jar("a.jar"));
        assertThat(checked()).doesNotExist();
        Files.delete(natives);
        files.check(jar("b.jar"));
    }

    @Test
    void whatWasComparedIsNotReadAgain() throws IOException {
        Files.write(natives.resolve("lib.so"), library);
        files.check(jar("a.jar"));
        assertThat(checked()).exists();
        FileTime first = Files.getLastModifiedTime(checked());
        Files.setLastModifiedTime(checked(), FileTime.fromMillis(first.toMillis() - 100_000));
        files.check(jar("moved.jar"));
        assertThat(Files.getLastModifiedTime(checked())).isLessThan(first);
    }

    /** Size and time stay as they were. */
    @Test
    void aChangedLibraryIsRefused() throws IOException {
        Path file = Files.write(natives.resolve("lib.so"), library);
        files.check(jar("a.jar"));
        FileTime time = Files.getLastModifiedTime(file);
        byte[] other = library.clone();
        other[150_000] ^= 1;
        Files.write(file, other);
        Files.setLastModifiedTime(file, time);
        assertRefused();
        Files.write(file, java.util.Arrays.copyOf(library, library.length - 1));
        assertRefused();
        Files.write(file, java.util.Arrays.copyOf(library, library.length + 1));
        assertRefused();
        Files.write(file, library);
        files.check(jar("a.jar"));
    }

    private void assertRefused() {
        assertThatThrownBy(() -> files.check(jar("a.jar")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "lib.so is not the library that this program brings; delete the folder " + natives);
    }

    @Test
    void aForgedNoteOfAnEarlierCheckIsNotFollowed() throws IOException {
        Path file = Files.write(natives.resolve("lib.so"), library);
        files.check(jar("a.jar"));
        Path note = Files.move(checked(), folder.resolve("note"));
        Files.createSymbolicLink(checked(), note);
        files.check(jar("a.jar"));
        assertThat(Files.isSymbolicLink(checked())).isFalse();
        assertThat(file).exists();
    }
}
