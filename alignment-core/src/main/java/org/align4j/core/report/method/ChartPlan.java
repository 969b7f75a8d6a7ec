package org.align4j.core.report.method;

import static org.align4j.core.report.method.ChartPlan.Question.COST;
import static org.align4j.core.report.method.ChartPlan.Question.HEALTH;
import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;

/**
 * A chart that a run may have.
 *
 * @param question which it helps to answer
 * @param title of it, by which it is found in other runs
 * @param note one sentence that says how it is read
 * @param lines what it may show; figures that don't occur are left out
 * @param caption what is above and under it in the page of one run
 * @param marks values that are worth knowing with the lines
 */
public record ChartPlan(
        Question question, String title, String note, List<Line> lines, Caption caption, List<Mark> marks) {
    public ChartPlan {
        lines = List.copyOf(lines);
        marks = List.copyOf(marks);
    }

    /** What a group of charts helps to answer. */
    public enum Question {
        LEARNING("Is it learning?"),
        HEALTH("Is it healthy?"),
        COST("What did it cost?");

        private final String words;

        Question(String words) {
            this.words = words;
        }

        /** Returns the words that are above the charts. */
        public String words() {
            return words;
        }
    }

    /**
     * A line that a chart may have.
     *
     * @param figure whose values it shows
     * @param evaluation whether it shows those of evaluations, else of steps
     * @param label in the legend
     * @param colour name of a style sheet colour: train, eval, chosen, rejected, run1 …
     */
    public record Line(Figure figure, boolean evaluation, String label, String colour) {
        /** Returns the name of the charted figure in {@code metrics.jsonl}. */
        public String name() {
            return evaluation ? figure.evaluationName() : figure.name();
        }
    }

    /**
     * A value that a chart marks with a dashed line.
     *
     * @param value on the y axis
     * @param label what is at the line, in a few words
     */
    public record Mark(double value, String label) {}

    /** Words above and under a chart. */
    public record Caption(String title, String note) {}

    /** A chart without lines yet. */
    public static ChartPlan of(Question question, String title, String note) {
        return new ChartPlan(question, title, note, List.of(), new Caption(title, note), List.of());
    }

    /** Returns this chart with other words in the page of a run whose figures mean something else. */
    public ChartPlan readAs(String otherTitle, String otherNote) {
        return new ChartPlan(question, title, note, lines, new Caption(otherTitle, otherNote), marks);
    }

    /** Returns this chart with another sentence in the page of a run whose figures are read in another way. */
    public ChartPlan noted(String otherNote) {
        return readAs(caption.title(), otherNote);
    }

    /** Returns this chart with the values of steps and those of evaluations. */
    public ChartPlan both(Figure figure) {
        return steps(figure).evaluations(figure);
    }

    /** Returns this chart with the values of steps. */
    public ChartPlan steps(Figure figure) {
        return steps(figure, "training", "train");
    }

    /** Returns this chart with the values of evaluations. */
    public ChartPlan evaluations(Figure figure) {
        return evaluations(figure, "evaluation", "eval");
    }

    /** Returns this chart with the values of steps under a label of their own. */
    public ChartPlan steps(Figure figure, String label, String colour) {
        return with(new Line(figure, false, label, colour));
    }

    /** Returns this chart with the values of evaluations under a label of their own. */
    public ChartPlan evaluations(Figure figure, String label, String colour) {
        return with(new Line(figure, true, label, colour));
    }

    /** Returns this chart with a dashed line at a value. */
    public ChartPlan marked(double value, String label) {
        List<Mark> more =
                Stream.concat(marks.stream(), Stream.of(new Mark(value, label))).toList();
        return new ChartPlan(question, title, note, lines, caption, more);
    }

    /** Returns this chart with the dashed lines that all others have too. */
    public ChartPlan markedAsAll(List<ChartPlan> others) {
        List<Mark> common = marks.stream()
                .filter(mark -> others.stream().allMatch(other -> other.marks().contains(mark)))
                .toList();
        return new ChartPlan(question, title, note, lines, caption, common);
    }

    private ChartPlan with(Line line) {
        List<Line> more = Stream.concat(lines.stream(), Stream.of(line)).toList();
        return new ChartPlan(question, title, note, more, caption, marks);
    }

    /** The charts that several methods have. */
    public static final class CommonCharts {
        /** The loss of steps and evaluations. */
        public static final ChartPlan LOSS = ChartPlan.of(
                        LEARNING, "Loss", "Down is better; evaluation rising while training falls is overfitting.")
                .both(LoopFigures.LOSS);

        /** The gradient's norm. */
        public static final ChartPlan GRADIENT_NORM = ChartPlan.of(
                        HEALTH,
                        "Gradient norm",
                        "Before clipping. Good: level or falling. Single spikes are single bad batches; a steady rise is trouble.")
                .steps(LoopFigures.GRADIENT_NORM, "gradient norm", "train");

        /** The learning rate. */
        public static final ChartPlan LEARNING_RATE = ChartPlan.of(
                        HEALTH,
                        "Learning rate",
                        "As applied at each step; it is set, not learned, and follows the schedule.")
                .steps(LoopFigures.LEARNING_RATE, "learning rate", "train");

        /** The entropy of the data's answers. */
        public static final ChartPlan ENTROPY = ChartPlan.of(
                        HEALTH,
                        "Entropy",
                        "Per token. Good: about level. Bad: a collapse towards 0, which means the model repeats itself.")
                .both(LoopFigures.ENTROPY);

        /** The perplexity of general text. */
        public static final ChartPlan GENERAL_TEXT = ChartPlan.of(
                        HEALTH, "Perplexity on general text", "Good: level. Up by 5 % or more means it forgets.")
                .evaluations(LoopFigures.GUARD_PERPLEXITY, "guard text", "eval");

        /** The speed. */
        public static final ChartPlan SPEED = ChartPlan.of(
                        COST, "Tokens per second", "Tokens computed in training forwards.")
                .steps(LoopFigures.TOKENS_PER_SECOND, "tokens per second", "train");

        /** The memory. */
        public static final ChartPlan MEMORY =
                ChartPlan.of(COST, "Memory", "Peak so far.").steps(LoopFigures.PEAK_MEMORY, "peak", "train");

        /** The charts that a run of any method has. */
        public static final List<ChartPlan> OF_EVERY_RUN =
                List.of(LOSS, GRADIENT_NORM, LEARNING_RATE, GENERAL_TEXT, SPEED, MEMORY);

        private CommonCharts() {}
    }
}
