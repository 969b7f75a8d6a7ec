package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryTest {
    /** Prints what it measures. */
    public static void main(String[] words) {
        System.out.println(Memory.spaceForNewObjects() >> 20);
    }

    /** As the launcher starts Java: most of 48 MiB, of which the two spaces for survivors are counted both; a third of a small heap. */
    @ParameterizedTest
    @CsvSource({
        "-Xms1g -Xmx1g -XX:MaxNewSize=48m -XX:SurvivorRatio=2 -XX:+UseSerialGC, 46, 48",
        "-Xms96m -Xmx96m -XX:SurvivorRatio=2 -XX:+UseSerialGC, 30, 32",
        "-Xmx96m -XX:+UseG1GC, 30, 32",
    })
    void spaceForNewObjects(String options, long least, long most) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options.split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MemoryTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(Long.parseLong(said)).isBetween(least, most);
    }

    @Test
    void fromOneGibibyteOnBytesAreWrittenInGibibytes() {
        assertThat(Memory.text(1L << 30)).isEqualTo("1.0 GiB");
        assertThat(Memory.text((1L << 30) - (1 << 20))).isEqualTo("1023 MiB");
        assertThat(Memory.text(3L << 29)).isEqualTo("1.5 GiB");
    }
}
