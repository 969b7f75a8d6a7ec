package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.desk.SweepPlan.Trial;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a trial's failure is kept. */
class TrialFolderTest {
    private static final int KILLED = 137;

    @TempDir
    Path folder;

    private TrialFolder place;

    @BeforeEach
    void make() throws IOException {
        Files.createDirectories(folder.resolve("trials"));
        place = new TrialFolder(folder, new Trial(3, 1, Map.of("beta", "0.1"), List.of(12), 0));
    }

    @Test
    void oneThatFailedForMemoryIsTriedOnceMore() throws IOException {
        Files.writeString(
                folder.resolve("trials/003.answer"), "{\"code\":\"out-of-memory\",\"message\":\"No room for 3 GiB.\"}");
        assertThat(place.failed(1)).isTrue();
        assertThat(place.standing().failure()).isNull();
        assertThat(place.failed(1)).isFalse();
        assertThat(place.standing().failure()).isEqualTo("No room for 3 GiB.");
    }

    @Test
    void oneThatTheSystemKilledCountsAsFailedForMemory() throws IOException {
        assertThat(place.failed(KILLED)).isTrue();
        assertThat(place.failed(KILLED)).isFalse();
        assertThat(place.standing().failure()).contains("killed its process");
    }

    @Test
    void anyOtherFailureStaysWithItsSentence() throws IOException {
        Files.writeString(
                folder.resolve("trials/003.answer"), "{\"code\":\"run\",\"message\":\"Loss became NaN at step 4.\"}");
        assertThat(place.failed(1)).isFalse();
        assertThat(place.standing().failure()).isEqualTo("Loss became NaN at step 4.");
    }
}
