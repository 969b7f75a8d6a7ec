package org.align4j.serve.grade;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a grader gave an answer.
 *
 * @param reward the number; 0 where the grader itself failed
 * @param scores by the names of the graders that it was made of: of one grader its own
 * @param faults what went wrong, by the names of the graders to which it did
 * @param detail says more of the last fault; null where there is none
 * @param tokens that models took, by their names
 */
public record Grade(
        double reward,
        Map<String, Double> scores,
        Map<String, Set<Fault>> faults,
        @Nullable String detail,
        Map<String, Long> tokens) {

    /** Takes copies. */
    public Grade {
        scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
        faults = Collections.unmodifiableMap(new LinkedHashMap<>(faults));
        tokens = Collections.unmodifiableMap(new TreeMap<>(tokens));
    }

    /** Returns whether something went wrong to any grader. */
    public boolean has(Fault fault) {
        return faults.values().stream().anyMatch(own -> own.contains(fault));
    }

    /** What may go wrong while an answer is graded, as OpenAI names it. */
    public enum Fault {
        /** The formula of a multi grader can't be read. */
        FORMULA_PARSE("formula_parse_error"),
        /** The answer isn't the JSON that a template asks for. */
        SAMPLE_PARSE("sample_parse_error"),
        /** A filled template is too long. */
        TRUNCATED_OBSERVATION("truncated_observation_error"),
        /** An address gave no answer in time. */
        UNRESPONSIVE_REWARD("unresponsive_reward_error"),
        /** A template names a field that isn't there. */
        INVALID_VARIABLE("invalid_variable_error"),
        /** Anything else, such as a formula that gives no number. */
        OTHER("other_error"),
        /** A Python grader couldn't be run; never here, where there are none. */
        PYTHON_SERVER("python_grader_server_error"),
        /** A Python grader failed; never here, where there are none. */
        PYTHON_RUNTIME("python_grader_runtime_error"),
        /** A model that grades couldn't answer. */
        MODEL_SERVER("model_grader_server_error"),
        /** A model that grades wouldn't answer. */
        MODEL_REFUSAL("model_grader_refusal_error"),
        /** A model that grades answered with no score within its range, or with no label. */
        MODEL_PARSE("model_grader_parse_error");

        private final String key;

        Fault(String key) {
            this.key = key;
        }

        /** Returns the key of OpenAI's {@code errors}. */
        public String key() {
            return key;
        }
    }

    /** Ends the grading of one answer by one grader. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1;

        private final Fault fault;

        Failure(Fault fault, String message) {
            super(message, null, false, false);
            this.fault = fault;
        }

        Grade grade(Grader grader) {
            return new Grade(
                    0, Map.of(grader.name(), 0.0), Map.of(grader.name(), Set.of(fault)), getMessage(), Map.of());
        }
    }

    static Grade of(Grader grader, double score) {
        return new Grade(score, Map.of(grader.name(), score), Map.of(), null, Map.of());
    }

    /** Puts together what the graders of a formula gave; a formula that gives no number gives 0. */
    static Grade together(Grader.Multi multi, List<Grade> parts) {
        Map<String, Double> scores = new LinkedHashMap<>();
        Map<String, Set<Fault>> faults = new LinkedHashMap<>();
        Map<String, Long> tokens = new TreeMap<>();
        String detail = null;
        for (Grade part : parts) {
            scores.putAll(part.scores);
            faults.putAll(part.faults);
            part.tokens.forEach((model, count) -> tokens.merge(model, count, Long::sum));
            detail = part.detail == null ? detail : part.detail;
        }
        double value = multi.formula().value(scores);
        if (!Double.isFinite(value)) {
            faults.put(multi.name(), Set.of(Fault.OTHER));
            detail = "the formula gives " + value + ", which is no number";
        }
        return new Grade(Double.isFinite(value) ? value : 0, scores, faults, detail, tokens);
    }
}
