package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
    private static final byte[] TEXT = {'n', 'e', 'w'};

    @TempDir
    Path given;

    private Path folder() throws IOException {
        return given.toRealPath();
    }

    @Test
    void linksStayAndWhatTheyPointToIsWritten() throws IOException {
        Path file = Files.writeString(folder().resolve("file"), "old");
        Path first = Files.createSymbolicLink(folder().resolve("first"), Path.of("file"));
        Path second = Files.createSymbolicLink(folder().resolve("second"), first);
        OutputFile.write(second, TEXT);
        assertThat(second).isSymbolicLink();
        assertThat(first).isSymbolicLink();
        assertThat(file).hasContent("new");
        Path dangling = Files.createSymbolicLink(folder().resolve("dangling"), Path.of("deep/file"));
        OutputFile.write(dangling, TEXT);
        assertThat(dangling).isSymbolicLink();
        assertThat(folder().resolve("deep/file")).hasContent("new");
        assertThat(folder().toFile().list()).containsExactlyInAnyOrder("file", "first", "second", "dangling", "deep");
    }

    @Test
    void pipesFoldersAndCirclesAreRefusedBeforeAnyWork() throws Exception {
        Path pipe = folder().resolve("pipe");
        Assumptions.assumeTrue(run("mkfifo", pipe.toString()));
        assertRefused(pipe, "pipe is a device or pipe and would be replaced; give the name of a file");
        assertRefused(folder(), "is a folder");
        Path circle = Files.createSymbolicLink(folder().resolve("circle"), Path.of("circle"));
        assertRefused(circle, "circle is a link that leads nowhere");
        assertRefused(Files.createSymbolicLink(folder().resolve("link"), pipe), "link is a device or pipe");
        assertThat(Files.exists(pipe)).isTrue();
    }

    @Test
    void deviceNodesStayWhatTheyAre() throws Exception {
        Path node = folder().resolve("null");
        Assumptions.assumeTrue(run("mknod", node.toString(), "c", "1", "3"), "only root makes device nodes");
        assertRefused(node, "null is a device or pipe");
        assertThat(Files.readAttributes(
                                node, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther())
                .isTrue();
    }

    @Test
    void theProcessesOwnStreamsAreNoFiles() {
        Path stream = Path.of("/dev/stdout");
        Assumptions.assumeTrue(Files.isSymbolicLink(stream));
        assertThatThrownBy(() -> OutputFile.behindLinks(stream))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("/dev/stdout is no file of its own");
    }

    /** A link planted under a name that could be foreseen before is not written through. */
    @Test
    void filesOnTheirWayHaveNamesOfTheirOwn() throws IOException {
        Path victim = Files.writeString(folder().resolve("victim"), "precious");
        Files.createSymbolicLink(folder().resolve(".tmp-out.jsonl"), victim);
        OutputFile.write(folder().resolve("out.jsonl"), TEXT);
        assertThat(victim).hasContent("precious");
        assertThat(folder().resolve("out.jsonl")).hasContent("new");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> OutputFile.write(file, channel -> {
                    throw new AssertionError("work was done");
                }))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).start().waitFor() == 0;
    }
}
