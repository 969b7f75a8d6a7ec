package org.align4j.core.data.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.split.Placing.TimeCuts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeCutsTest {
    private static final TimeCuts MAY_AND_JUNE = TimeCuts.of(List.of("2026-05-01", "2026-06-01T12:00:00Z"));

    /** A part begins at its cut: a row of exactly that time is the later part's. */
    @ParameterizedTest
    @CsvSource({
        "2026-04-30T23:59:59.999Z, 0",
        "2026-05-01T00:00:00.000Z, 1",
        "2026-06-01T11:59:59.999Z, 1",
        "2026-06-01T12:00:00.000Z, 2",
        "2026-06-01T12:00:00.001Z, 2"
    })
    void aRowExactlyAtACutIsTheLaterParts(String time, int part) {
        assertThat(MAY_AND_JUNE.part(Instant.parse(time).toEpochMilli())).isEqualTo(part);
    }

    @Test
    void theTextsOfCutsAreReadAsTheSameCuts() {
        assertThat(TimeCuts.of(MAY_AND_JUNE.texts()).texts())
                .containsExactly("2026-05-01T00:00:00Z", "2026-06-01T12:00:00Z");
    }

    /** From 1e11 on a number means milliseconds; 99,999,999,999 seconds are in the year 5138. */
    @ParameterizedTest
    @CsvSource({
        "1767225600, 1767225600000",
        "1767225600.5, 1767225600500",
        "1767225600123, 1767225600123",
        "99999999999, 99999999999000",
        "100000000000, 100000000000",
        "2026-01-01, 1767225600000",
        "2026-01-01 00:00:00, 1767225600000",
        "2026-01-01T02:00:00+02:00, 1767225600000"
    })
    void timesAreReadInEachForm(String text, long milliseconds) {
        assertThat(TimeCuts.of(new Origin("a.jsonl", 1, 0), text)).isEqualTo(milliseconds);
    }
}
