package org.align4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FuzzLogTest {
    private static final String SEEDS =
            "INFO: Seed: 7\nINFO: seed corpus: files: 30 min: 1b max: 4096b total: 41000b rss: 300Mb\n";
    private static final String BEGUN = SEEDS + "#31\tINITED cov: 641 ft: 902 corp: 25/9Kb exec/s: 10 rss: 400Mb\n";
    private static final String STRAY =
            "\n== Java Exception: java.lang.NullPointerException\n\tat org.align4j.core.Some.read(Some.java:7)\n";

    @Test
    void branchesAreThoseOfTheLastLine() {
        assertThat(FuzzLog.of(SEEDS)).isEqualTo(new FuzzLog(0, 0, 0));
        assertThat(FuzzLog.of(
                                BEGUN
                                        + "#512\tNEW    cov: 650 ft: 930 corp: 26/9Kb lim: 8 exec/s: 9 rss: 400Mb L: 4/9 MS: 1 ChangeBit-\n")
                        .branches())
                .isEqualTo(650);
    }

    @Test
    void otherWaysThroughTheSameBranchesAreNoNews() {
        FuzzLog before = FuzzLog.of(BEGUN);

        assertThat(FuzzLog.of(BEGUN + "#64\tNEW    cov: 641 ft: 930 corp: 26/9Kb exec/s: 9 rss: 400Mb\n")
                        .hasMoreThan(before))
                .isFalse();
        assertThat(FuzzLog.of(BEGUN + "#64\tNEW    cov: 642 ft: 930 corp: 26/9Kb exec/s: 9 rss: 400Mb\n")
                        .hasMoreThan(before))
                .isTrue();
    }

    @Test
    void strayExceptionsHangsAndEndsOfTheProcessAreFindings() {
        String ends =
                "Hangs: hang-1\n\tat org.align4j.core.Some.read(Some.java:7)\n==71== ERROR: libFuzzer: out-of-memory (used: 3600Mb; limit: 3500Mb)\n==71== ERROR: libFuzzer: fuzz target exited\n";

        assertThat(FuzzLog.of(BEGUN + STRAY).hasMoreThan(FuzzLog.of(BEGUN))).isTrue();
        assertThat(FuzzLog.of(BEGUN + STRAY + ends + "Inputs tried: 4711\n")).isEqualTo(new FuzzLog(641, 3, 4711));
    }
}
