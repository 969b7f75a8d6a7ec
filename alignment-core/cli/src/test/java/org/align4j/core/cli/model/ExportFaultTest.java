package org.align4j.core.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.FaultyDisk;
import org.align4j.core.files.FaultyDisk.Fault;
import org.align4j.core.files.Folders;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Whichever operation of the disk fails, what has the file's name is whole: the file that stood there, or the new one. */
class ExportFaultTest {
    private static final byte[] FORMER = "a file that stood there".getBytes(StandardCharsets.UTF_8);

    /** The writes of tensors repeat; of the first and the last operations each is tried. */
    private static final int ENDS = 4;

    private static final int STRIDE = 13;

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    private static List<String> operations = List.of();

    @BeforeAll
    static void exportUndisturbed() {
        try (FaultyDisk disk = FaultyDisk.counting(whole)) {
            assertThat(Align.run(Terminal.captured(), export(whole))).isZero();
            operations = disk.operations();
        }
    }

    private static String[] export(Path into) {
        return new String[] {
            "export",
            "--model",
            Checkout.ROOT.resolve("data/tools/model").toString(),
            "--to",
            "gguf",
            "--type",
            "q8_0",
            "--check",
            "false",
            "--out",
            into.resolve("x.gguf").toString()
        };
    }

    @TestFactory
    Stream<DynamicTest> oneOperationFails() {
        return eachOperation(Fault.ONCE);
    }

    @TestFactory
    Stream<DynamicTest> theDiskIsGoneFromThenOn() {
        return eachOperation(Fault.FROM_THEN_ON);
    }

    private Stream<DynamicTest> eachOperation(Fault fault) {
        assertThat(operations).hasSizeGreaterThan(30);
        return IntStream.rangeClosed(1, operations.size())
                .filter(n -> n <= ENDS || n > operations.size() - 2 * ENDS || n % STRIDE == fault.ordinal())
                .mapToObj(n -> DynamicTest.dynamicTest(
                        n + ": " + operations.get(n - 1),
                        () -> fails(Files.createTempDirectory(folder, "test"), n, fault)));
    }

    private static void fails(Path into, int n, Fault fault) throws IOException {
        Files.write(into.resolve("x.gguf"), FORMER);
        Terminal terminal = Terminal.captured();
        try (FaultyDisk disk = FaultyDisk.below(into, n, fault)) {
            assertThat(Align.run(terminal, export(into)))
                    .as(terminal.captureLog())
                    .isEqualTo(1);
            assertThat(disk.operations()).hasSizeGreaterThanOrEqualTo(n);
        }
        assertThat(terminal.captureLog()).contains("could not be written", FaultyDisk.REASON);
        byte[] left = Files.readAllBytes(into.resolve("x.gguf"));
        assertThat(left).isIn(FORMER, Files.readAllBytes(whole.resolve("x.gguf")));
        if (fault == Fault.ONCE) {
            for (Path file : Folders.list(into)) {
                assertThat(AtomicDirectory.isTemporary(file)).as("%s", file).isFalse();
            }
        }
        assertThat(Align.run(terminal, export(into))).isZero();
        assertThat(into.resolve("x.gguf")).hasSameBinaryContentAs(whole.resolve("x.gguf"));
    }
}
