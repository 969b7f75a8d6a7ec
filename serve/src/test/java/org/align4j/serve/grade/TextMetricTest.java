package org.align4j.serve.grade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.align4j.core.files.Json;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The metrics are those of rapidfuzz, sacrebleu, nltk and rouge_score: 500 cases that external/graders.py made ({@code --golden 500 35}). */
class TextMetricTest {
    private static List<String> cases() throws IOException {
        try (InputStream in = Objects.requireNonNull(TextMetricTest.class.getResourceAsStream("cases.jsonl"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    @ParameterizedTest
    @EnumSource(TextMetric.class)
    void fiveHundredCasesOfThePythonLibraries(TextMetric metric) throws IOException {
        assertThat(cases()).hasSize(500);
        SoftAssertions all = new SoftAssertions();
        int between = 0;
        for (String line : cases()) {
            JsonNode row = Json.read(line);
            double wanted = row.path(metric.word()).doubleValue();
            between += wanted > 0 && wanted < 1 ? 1 : 0;
            all.assertThat(metric.of(
                            row.path("answer").asText(), row.path("reference").asText()))
                    .as(line)
                    .isEqualTo(wanted, within(1e-6));
        }
        all.assertAll();
        assertThat(between).as("cases that tell metrics apart").isGreaterThan(metric == TextMetric.ROUGE_5 ? 60 : 100);
    }

    /** By hand: "the cat sat" against "the cat sat down" has 3 of 4 words, in order. */
    @ParameterizedTest
    @CsvSource({"ROUGE_1, 0.857142857", "ROUGE_2, 0.8", "ROUGE_L, 0.857142857", "GLEU, 0.6", "FUZZY_MATCH, 0.814814815"
    })
    void threeWordsOfFour(TextMetric metric, double wanted) {
        assertThat(metric.of("the cat sat", "the cat sat down")).isEqualTo(wanted, within(1e-8));
    }

    @ParameterizedTest
    @CsvSource({
        "caresses, caress",
        "ponies, poni",
        "ties, tie",
        "dying, die",
        "agreed, agre",
        "feed, feed",
        "hopping, hop",
        "falling, fall",
        "filing, file",
        "happy, happi",
        "enjoy, enjoy",
        "spied, spi",
        "relational, relat",
        "rationalli, ration",
        "geology, geolog",
        "probate, probat",
        "controll, control",
        "skies, sky",
        "ox, ox",
        "adoption, adopt",
        "callousness, callous"
    })
    void stemsAreThoseOfNltk(String word, String stem) {
        assertThat(PorterStemmer.stem(word)).isEqualTo(stem);
    }

    /** As long as a filled template may be, of letters that occur often: the worst that a client can send. */
    @ParameterizedTest
    @EnumSource(TextMetric.class)
    void theLongestTextsTakeASecondAtMost(TextMetric metric) {
        for (String piece : List.of("a", "ab ", "a b c d ", "yed ", "\u00e9\n")) {
            String one = piece.repeat(Template.MOST_FILLED / piece.length());
            String other = "b" + one.substring(1);
            metric.of(one.substring(0, 1000), other);
            long begun = System.nanoTime();
            assertThat(metric.of(one, other)).isBetween(0.0, 1.0);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun))
                    .as(metric + " of " + piece)
                    .isLessThan(1000);
        }
    }

    @Test
    void nothingIsLikeNothing() {
        assertThat(TextMetric.FUZZY_MATCH.of("", "")).isEqualTo(1);
        for (TextMetric metric : TextMetric.values()) {
            assertThat(metric.of("", "a")).as(metric.word()).isZero();
            assertThat(metric.of("a", "")).as(metric.word()).isZero();
        }
    }
}
