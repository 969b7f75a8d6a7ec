package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * Log-probabilities from hidden states without ever holding all logits: a chunk of rows at a time, softmax in fp32.
 * R scored positions, V vocabulary, H hidden.
 */
public final class HeadKernels {
    /** Bytes of fp32 logits that live at a time; above it temporaries pay for page faults. */
    private HeadKernels() {}

    /**
     * What the head says of each scored position, nats, fp32.
     *
     * @param logProbs {@code [R]} of the target token
     * @param entropies {@code [R]} of the next-token distribution
     * @param logSquares {@code [R]} log of the sum of squared probabilities (WPO)
     * @param hits {@code [R]} 1 where no token is likelier than the target
     * @param unitGradients {@code [R, H]} d log-probability / d hidden state; {@code [0, H]} where not asked for
     */
    public record Scores(
            NDArray logProbs, NDArray entropies, NDArray logSquares, NDArray hits, NDArray unitGradients) {}

    /**
     * Holds the soft cap and the temperature that logits go through before the softmax.
     *
     * @param cap {@code cap * tanh(logit / cap)} (Gemma 2); 0: none
     * @param temperature divides them after that
     * @param best how many of the likeliest logits of a row, beside the targets', are made once more in fp32 where products round them
     */
    public record Shaping(double cap, double temperature, int best) {
        /** Leaves logits as they are. */
        public static final Shaping NONE = new Shaping(0, 1);

        private static final int BEST = 4;

        /** Shapes logits of which the likeliest are made once more. */
        public Shaping(double cap, double temperature) {
            this(cap, temperature, BEST);
        }

        /** Returns this shaping of logits as products round them. */
        public Shaping rounded() {
            return new Shaping(cap, temperature, 0);
        }
    }

    /**
     * Computes the log-probabilities of target tokens.
     *
     * @param hidden {@code [R, H]}, R at least 1
     * @param weight {@code [V, H]}
     * @param targets {@code [R]} int64
     * @param chunkRows rows of logits at a time
     * @param withGradients also the unit gradients
     * @param shaping of the logits
     */
    public static Scores score(
            Scope scope,
            NDArray hidden,
            NDArray weight,
            NDArray targets,
            int chunkRows,
            boolean withGradients,
            Shaping shaping) {
        Shapes.require("hidden", hidden, -1, weight.getShape().get(1));
        Shapes.require("targets", targets, hidden.getShape().get(0));
        NDList out = scope.callAll(
                "head_scores",
                hidden,
                weight,
                targets,
                scope.places(chunkRows),
                scope.places(withGradients ? 1 : 0),
                scope.number(shaping.cap()),
                scope.number(shaping.temperature()),
                scope.places(shaping.best()));
        return new Scores(out.get(0), out.get(1), out.get(2), out.get(3), out.get(4));
    }

    /**
     * Log-probabilities of K target tokens per row by the head, in nats, fp32, with what their gradients need.
     *
     * @param logProbs {@code [R, K]}
     * @param entropies {@code [R]} of the next-token distribution
     * @param slopes {@code [R, K]} d logit / d product of hidden state and weight; {@code [0, K]} where not asked for
     * @param expectedGradients {@code [R, H]} d log-sum-exp of the logits / d hidden state; {@code [0, H]} where not asked for
     */
    public record Choices(NDArray logProbs, NDArray entropies, NDArray slopes, NDArray expectedGradients) {}

    /**
     * Computes the log-probabilities of several target tokens per row, whose logits are made once.
     *
     * @param hidden {@code [R, H]}, R at least 1
     * @param weight {@code [V, H]}
     * @param targets {@code [R * K]} int64, row after row
     * @param withGradients also what {@link #choicesBackward} needs
     */
    public static Choices choices(
            Scope scope,
            NDArray hidden,
            NDArray weight,
            NDArray targets,
            int chunkRows,
            boolean withGradients,
            Shaping shaping) {
        NDList out = scope.callAll(
                "head_choices",
                hidden,
                weight,
                targets,
                scope.places(chunkRows),
                scope.places(withGradients ? 1 : 0),
                scope.number(shaping.cap()),
                scope.number(shaping.temperature()),
                scope.places(shaping.best()));
        return new Choices(out.get(0), out.get(1), out.get(2), out.get(3));
    }

    /**
     * The gradient of {@code sum(coefficients * log-probability)} by the hidden states.
     *
     * @param targets {@code [R * K]} int64, row after row
     * @param coefficients {@code [R * K]} fp32
     * @return {@code [R, H]} fp32
     */
    public static NDArray choicesBackward(
            Scope scope, NDArray weight, NDArray targets, Choices choices, NDArray coefficients) {
        Shapes.requireSame("targets", targets, "coefficients", coefficients);
        return scope.call(
                "head_choices_backward", weight, targets, choices.slopes(), choices.expectedGradients(), coefficients);
    }

    /**
     * The likeliest tokens of each row.
     *
     * @param ids {@code [R, k]} int64, the likeliest first
     * @param logProbs {@code [R, k]} nats
     * @param logits {@code [R, k]} fp32
     */
    public record Likeliest(NDArray ids, NDArray logProbs, NDArray logits) {}

    /** Finds the {@code k} likeliest tokens of each row of logits {@code [R, V]}. */
    public static Likeliest likeliest(Scope scope, NDArray logits, int k) {
        NDList out = scope.callAll("likeliest_logits", logits, scope.places(k));
        return new Likeliest(out.get(0), out.get(1), out.get(2));
    }

    /**
     * How far a reference is from the policy at each position.
     *
     * @param values {@code [R]} KL(reference || policy) over the vocabulary, nats
     * @param unitGradients {@code [R, H]} d divergence / d the policy's hidden state; {@code [0, H]} where not asked for
     */
    public record Divergences(NDArray values, NDArray unitGradients) {}

    /**
     * Divergences of two hidden states under one head.
     *
     * @param hidden {@code [R, H]} the policy's
     * @param reference {@code [R, H]} the reference's
     * @param weight {@code [V, H]}
     * @param shaping of the logits, whose temperature must be 1
     */
    public static Divergences divergence(
            Scope scope,
            NDArray hidden,
            NDArray reference,
            NDArray weight,
            int chunkRows,
            boolean withGradients,
            Shaping shaping) {
        Shapes.requireSame("hidden", hidden, "reference", reference);
        Shapes.require("hidden", hidden, -1, weight.getShape().get(1));
        NDList out = scope.callAll(
                "head_divergence",
                hidden,
                reference,
                weight,
                scope.places(chunkRows),
                scope.places(withGradients ? 1 : 0),
                scope.number(shaping.cap()));
        return new Divergences(out.get(0), out.get(1));
    }

    /**
     * What is measured: the generalised Jensen-Shannon divergence (Agarwal et al. 2023, GKD) of a student's distribution q from a
     * teacher's p, with m = (1 − β) q + β p.
     *
     * @param beta β of {@code β KL(p‖m) + (1 − β) KL(q‖m)}; 0: {@code KL(p‖q)}, 1: {@code KL(q‖p)}
     * @param topK the teacher's likeliest tokens that are told apart, one outcome stands for all others; 0: every token is
     * @param temperature divides both models' logits
     */
    public record TeacherMeasure(double beta, int topK, double temperature) {}

    /**
     * Holds how far a student's next-token distribution is from its teacher's at each position.
     *
     * @param values {@code [R]} nats
     * @param agreements {@code [R]} 1 where both models have the same likeliest token
     * @param entropies {@code [R]} of the student's distribution over the whole vocabulary at the measure's temperature, nats
     * @param gradients {@code [R, V]} d value / d the student's logits; {@code [0, V]} where not asked for
     */
    public record TeacherDivergences(NDArray values, NDArray agreements, NDArray entropies, NDArray gradients) {}

    /**
     * Measures divergences from logits, whatever graph these are in.
     *
     * @param student {@code [R, V]} fp32
     * @param teacher {@code [R, V]} fp32
     */
    public static TeacherDivergences teacherDivergence(
            Scope scope, NDArray student, NDArray teacher, TeacherMeasure measure, boolean withGradients) {
        Shapes.requireSame("student", student, "teacher", teacher);
        NDList out = scope.callAll(
                "teacher_divergence",
                student,
                teacher,
                scope.number(measure.beta()),
                scope.places(measure.topK()),
                scope.number(measure.temperature()),
                scope.places(withGradients ? 1 : 0));
        return new TeacherDivergences(out.get(0), out.get(1), out.get(2), out.get(3));
    }

    /**
     * The gradient where the head itself trains.
     *
     * @param coefficients {@code [R]} fp32 d loss / d log-probability
     * @param weightGradient {@code [V, H]} fp32, added to
     * @return {@code [R, H]} d loss / d hidden
     */
    public static NDArray backward(
            Scope scope,
            NDArray hidden,
            NDArray weight,
            NDArray targets,
            NDArray coefficients,
            NDArray weightGradient,
            int chunkRows,
            Shaping shaping) {
        Shapes.requireSame("weight", weight, "weightGradient", weightGradient);
        return scope.call(
                "head_backward",
                hidden,
                weight,
                targets,
                coefficients,
                weightGradient,
                scope.places(chunkRows),
                scope.number(shaping.cap()),
                scope.number(shaping.temperature()));
    }

    /**
     * The gradient of {@code sum(coefficients * entropy)}.
     *
     * @param coefficients {@code [R]} fp32 d loss / d entropy
     * @param weightGradient {@code [V, H]} fp32, added to; no matrix where the head is frozen
     * @return {@code [R, H]} d loss / d hidden
     */
    public static NDArray entropyBackward(
            Scope scope,
            NDArray hidden,
            NDArray weight,
            NDArray coefficients,
            NDArray weightGradient,
            int chunkRows,
            Shaping shaping) {
        Shapes.require("coefficients", coefficients, hidden.getShape().get(0));
        return scope.call(
                "head_entropy_backward",
                hidden,
                weight,
                coefficients,
                weightGradient,
                scope.places(chunkRows),
                scope.number(shaping.cap()),
                scope.number(shaping.temperature()));
    }

    /**
     * Adds each scored position's gradient to its row of the hidden states.
     *
     * @param hidden {@code [N, H]} whose shape and dtype the result has
     * @param rows {@code [R]} int64, may repeat
     * @param unitGradients {@code [R, H]}
     * @param coefficients {@code [R]} fp32
     * @return {@code [N, H]}
     */
    public static NDArray scatter(
            Scope scope, NDArray hidden, NDArray rows, NDArray unitGradients, NDArray coefficients) {
        Shapes.require("rows", rows, unitGradients.getShape().get(0));
        Shapes.require("coefficients", coefficients, unitGradients.getShape().get(0));
        return scope.call("scatter_hidden", hidden, rows, unitGradients, coefficients);
    }

    /**
     * Scores K target tokens per row by logits, as {@link #score} does by hidden states: log-probabilities {@code [R, K]}, entropies and
     * log squares {@code [R]}, hits of the first target {@code [R]}.
     *
     * @param logits {@code [R, V]}
     * @param targets {@code [R * K]} int64, row after row
     */
    public static Scores scores(Scope scope, NDArray logits, NDArray targets) {
        NDList out = scope.callAll("logit_scores", logits, targets);
        return new Scores(out.get(0), out.get(1), out.get(2), out.get(3), out.get(4));
    }

    /** Entropies {@code [R]} of logits {@code [R, V]}, to be differentiated. */
    public static NDArray entropies(Scope scope, NDArray logits) {
        return scope.call("logit_entropies", logits);
    }

    /** Log-probabilities {@code [R * K]} of targets {@code [R * K]} under logits {@code [R, V]}, to be differentiated. */
    public static NDArray logProbs(Scope scope, NDArray logits, NDArray targets) {
        return scope.call("target_log_probs", logits, targets);
    }

    /** Soft-caps logits in fp32; leaves them as they are where {@code cap} is 0. */
    public static NDArray capped(Scope scope, NDArray logits, double cap) {
        return cap == 0 ? logits : scope.call("soft_cap", logits, scope.number(cap));
    }

    /** All next-token scores {@code [R, V]} fp32 of a few rows, for generation. */
    public static NDArray logits(Scope scope, NDArray hidden, NDArray weight) {
        Shapes.require("hidden", hidden, -1, weight.getShape().get(1));
        return scope.call("logits", hidden, weight);
    }

    /** Probabilities {@code [R, V]} fp32 of the next tokens: the softmax of their scores over the temperature. */
    public static NDArray probabilities(Scope scope, NDArray logits, double temperature) {
        Shapes.require("logits", logits, -1, -1);
        return scope.call("token_probabilities", logits, scope.number(temperature));
    }

    /**
     * Draws for each row the first token at which the running sum, in float64, passes a share of the row's total.
     *
     * @param probabilities {@code [R, V]}
     * @param points {@code [R]} shares from 0 to below 1
     * @return {@code [R]}; -1 where a row holds NaN
     */
    public static long[] draw(Scope scope, NDArray probabilities, double[] points) {
        Shapes.require("probabilities", probabilities, points.length, -1);
        return scope.call("draw_tokens", probabilities, scope.numbers(points)).toLongArray();
    }
}
