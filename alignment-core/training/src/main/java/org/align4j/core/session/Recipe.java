package org.align4j.core.session;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.RowRelations;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.error.ShellWord;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.UsualRate;
import org.align4j.core.eval.Warning;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.session.options.PolicyOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.ReferenceChoice;
import org.jspecify.annotations.Nullable;

/**
 * What distinguishes one training command from another before training begins.
 *
 * @param <T> the kind of row
 * @param command its name
 * @param loraRate the usual learning rate of a large model with low-rank pairs ({@link UsualRate})
 * @param fullRate the usual learning rate of a large model where every weight trains
 * @param comparison what its policy is compared with
 * @param reading how rows are read
 * @param head the head of scores that is trained; null for a language model
 * @param others further models and files that the run reads
 * @param sideBySide whether its forwards may go side by side, one per thread ({@link RecipeOptions#isSideBySide})
 * @param method how its figures are read
 */
public record Recipe<T extends TokenRow>(
        String command,
        double loraRate,
        double fullRate,
        Comparison comparison,
        Reading<T> reading,
        @Nullable ScoreHead head,
        Others others,
        boolean sideBySide,
        MethodReport method) {

    /** Describes a command that trains a language model. */
    public Recipe(String command, double loraRate, double fullRate, Comparison comparison, Reading<T> reading) {
        this(command, loraRate, fullRate, comparison, reading, null, Others.NONE, true, MethodReports.of(command));
    }

    /** Describes a command that trains a head of scores. */
    public Recipe(String command, double loraRate, double fullRate, Reading<T> reading, ScoreHead head) {
        this(command, loraRate, fullRate, Comparison.NONE, reading, head, Others.NONE, true, MethodReports.of(command));
    }

    /**
     * Holds what a run reads besides its model and rows, by the option that names each; the run doesn't go on under other contents.
     *
     * @param models by their names
     * @param files whose contents decide what is computed
     */
    public record Others(Map<String, String> models, Map<String, Path> files) {
        /** A run that reads its model and rows alone. */
        public static final Others NONE = new Others(Map.of(), Map.of());

        /** Copies the names, in their order. */
        public Others {
            models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
            files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
        }
    }

    /** This recipe for a run that reads further models, by the option that names each. */
    public Recipe<T> besides(Map<String, String> models) {
        return besides(new Others(models, Map.of()));
    }

    /** This recipe for a run that reads further models and files. */
    public Recipe<T> besides(Others read) {
        return with(reading, read, sideBySide, method);
    }

    /** Returns this recipe for a command whose forwards come one after the other, each with all threads in its kernels. */
    public Recipe<T> inTurn() {
        return with(reading, others, false, method);
    }

    /** Returns this recipe for a command whose figures are read in another way. */
    public Recipe<T> readAs(MethodReport report) {
        return with(reading, others, sideBySide, report);
    }

    /** Returns this recipe for a command that reads its rows in another way. */
    public Recipe<T> reading(Reading<T> other) {
        return with(other, others, sideBySide, method);
    }

    private Recipe<T> with(Reading<T> rows, Others read, boolean inSlices, MethodReport report) {
        return new Recipe<>(command, loraRate, fullRate, comparison, rows, head, read, inSlices, report);
    }

    /**
     * Holds the reference that a method compares its policy with.
     *
     * @param settled gives the reference, knowing which one is the policy that training starts as
     * @param moves whether the reference moves toward the policy, so that it has weights of its own
     */
    public record Comparison(UnaryOperator<ReferenceChoice> settled, boolean moves) {
        /** A method that compares with nothing. */
        public static final Comparison NONE = new Comparison(start -> ReferenceChoice.NONE, false);

        /**
         * Settles the reference of a training: the one place where that is decided, for every method.
         *
         * @param start what training starts from
         * @throws InputException where the reference is to be an adapter and training starts from none
         */
        ReferenceChoice over(ModelPlace start) {
            ReferenceChoice choice = settled.apply(ReferenceChoice.ofStart(start.adapter()));
            if (choice.is(ReferenceChoice.Kind.ADAPTER) && start.adapter() == null) {
                throw new InputException(
                        "reference is adapter but training starts from no adapter; give adapter, or a run that has one as model,"
                                + " or reference base.");
            }
            // Named as it is found from any folder: what config.yaml holds.
            return choice.model() == null
                    ? choice
                    : ReferenceChoice.ofModel(ModelPlace.local(choice.model()).toString());
        }
    }

    /** Reads rows of one kind: one of {@link RowEncoder}'s methods. */
    public interface Reading<T extends TokenRow> {
        EncodedRows<T> read(RowEncoder encoder, RowSource source);
    }

    /** The learning rate that is usual where it trains a model of a width by a method. */
    UsualRate usualRate(PolicyOptions.Method method, int width) {
        return new UsualRate(method == PolicyOptions.Method.FULL ? fullRate : loraRate, width);
    }

    /**
     * Holds what was found in rows.
     *
     * @param screening by the doctor's checks
     * @param relations between them
     * @param inWords whether they were given as text
     */
    record Found(Screening screening, RowRelations relations, boolean inWords) {
        /** Warns of held-out rows that are trained on, and of many contradictions where no check looked for them. */
        List<Warning> warnings() {
            List<Warning> found = new ArrayList<>();
            if (relations.trained().length > 0) {
                found.add(
                        new Warning(
                                "overlap",
                                relations.sentences().get(0),
                                "Such rows say nothing of new prompts, so that the verdict goes by the others; hold out rows of other prompts."));
            }
            if (relations.manyContradictions() && !screening.looked("contradictions")) {
                found.add(new Warning(
                        "contradictions",
                        relations.contradictions(),
                        "Nothing can be learned from them; keep one of each or drop both."));
            }
            return List.copyOf(found);
        }
    }

    /** The command that puts the rows into the prompt instead of training on them; empty where they hold no answers to show. */
    private String examples(TrainingRows<T> rows, Found found, RecipePlan plan) {
        boolean answers = rows.train().stream().allMatch(row -> row instanceof PairTokens || row instanceof TextTokens);
        if (head != null || !found.inWords() || !answers) {
            return "";
        }
        List<String> names = plan.inputs().data().data();
        boolean plain = names.stream().allMatch(name -> name.matches("[^*?\\[]+") && !name.startsWith("hf:"));
        return "align chat --model " + ShellWord.of(plan.policy().model()) + " --examples "
                + (plain ? ShellWord.of(String.join(",", names)) : "FILE");
    }

    /**
     * What the early warnings judge the data by.
     *
     * @param found in these rows
     * @param updates times that the run moves the weights
     * @param width of the model
     */
    DataFacts facts(TrainingRows<T> rows, Found found, RecipePlan plan, int updates, int width) {
        RowReport report = rows.report();
        int setApart = rows.evalReport() == null ? rows.eval().size() : 0;
        return new DataFacts(
                new DataFacts.Rows(report.read() - setApart, rows.train().size()),
                updates,
                found.screening(),
                new DataFacts.Rate(
                        plan.learning().optimizer().learningRate(),
                        usualRate(plan.policy().method(), width),
                        plan.learning().optimizer().update().maxGradNorm()),
                examples(rows, found, plan),
                found.warnings(),
                method);
    }
}
