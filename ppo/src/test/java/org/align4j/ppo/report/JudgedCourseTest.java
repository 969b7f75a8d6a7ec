package org.align4j.ppo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.eval.MetricHistory;
import org.align4j.ppo.report.JudgedCourse.Round;
import org.junit.jupiter.api.Test;

/** What the course of a judge's scores says of a policy, by scores that are written down. */
class JudgedCourseTest {
    private static final int ROWS = 400;

    /** A course of two evaluations: the judge's score falls from 1 in every answer to 0 in some, while what is trained on rises. */
    private static JudgedCourse course(int fallen) {
        int[] prompts = IntStream.range(0, ROWS).toArray();
        double[] start = IntStream.range(0, ROWS).mapToDouble(row -> 1).toArray();
        double[] after = IntStream.range(0, ROWS)
                .mapToDouble(row -> row < fallen ? 0 : 1)
                .toArray();
        double[] raised = IntStream.range(0, ROWS).mapToDouble(row -> 2).toArray();
        return JudgedCourse.NONE.with(prompts, new Round(0, start, start)).with(prompts, new Round(6, raised, after));
    }

    private static MetricHistory history(JudgedCourse course) {
        List<Map<String, Double>> lines = new ArrayList<>();
        for (JudgedCourse part : List.of(course.until(0), course)) {
            Map<String, Double> line = new LinkedHashMap<>(Map.of("step", (double) part.evaluated()));
            part.metrics().values().forEach((name, value) -> line.put("eval_" + name, value));
            lines.add(line);
        }
        return new MetricHistory(lines);
    }

    /** 4 of 400 answers: the rule that ends a run, the warning and the verdict are silent alike. */
    @Test
    void fourOfFourHundredAnswersRingNoAlarm() {
        assertThat(course(4).fooled()).isEmpty();
        assertThat(Overoptimization.judged(history(course(4)))).isEmpty();
    }

    @Test
    void aTwentiethOfTheAnswersDoesAndTheReasonHasTheBar() {
        assertThat(course(24).fooled())
                .hasValueSatisfying(why -> assertThat(why)
                        .startsWith("since step 0 the score by eval-reward fell by 0.0600")
                        .contains("0.050 would count"));
        assertThat(Overoptimization.judged(history(course(24))))
                .isEqualTo(course(24).fooled());
    }
}
