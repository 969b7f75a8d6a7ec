package org.align4j.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.compare.ComparisonResult;
import org.align4j.core.compare.ComparisonRules;
import org.align4j.core.compare.SystemComparison;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.report.FigureReader;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.session.MergedModel;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.OpeningOptions;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * Opens models: the first call of a Java program.
 *
 * <pre>{@code
 * try (LanguageModel model = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct")) {
 *     System.out.println(model.answer("How do I boil an egg?"));
 * }
 * }</pre>
 *
 * <p>It does for a program, too, what align doctor, compare, merge and report do.
 */
public final class Align4j {
    private Align4j() {}

    /**
     * Opens a model as it is usually opened: on a GPU where there is one, else on the CPU, with a thread for each core. Whoever opens it
     * closes it.
     *
     * @param model a model directory, {@code org/name[@revision]} from the Hugging Face cache, or a run or checkpoint directory, which
     *     stands for its model with what was trained
     * @throws org.align4j.core.error.InputException where there is no such model, or the JVM was given what changes results
     */
    public static LanguageModel open(String model) {
        return model(model).open();
    }

    /** Opens the model of a directory, as {@link #open(String)} does. */
    public static LanguageModel open(Path model) {
        return open(model.toString());
    }

    /** Begins to say how a model is to be opened; {@link Opening#open} opens it. */
    public static Opening model(String model) {
        return new Opening(Map.of("model", model));
    }

    /** Begins to say how the model of a directory is to be opened; {@link Opening#open} opens it. */
    public static Opening model(Path model) {
        return model(model.toString());
    }

    /**
     * Has the doctor examine files of rows, as {@code align doctor --data} does: pairs, scores or chats in any layout that training takes.
     *
     * @return its findings, one a check, and the verdict
     * @throws org.align4j.core.error.InputException where a file can't be read or holds no row
     */
    public static Examination doctor(Path... data) {
        List<String> names = Arrays.stream(data).map(Path::toString).toList();
        Doctor.Logs logs =
                new Doctor.Logs(new LogSource(RowSource.of("data", names, RowFormat.AUTO, Columns.PLAIN)), null, null);
        return Doctor.examine(logs, Runtime.getRuntime().availableProcessors(), null, rows -> {});
    }

    /**
     * Writes a plain model directory with an adapter merged into the weights, as {@code align merge} does. It appears when it is whole.
     *
     * @param model a directory, a name on the hub, or a run
     * @param adapter a PEFT, run or checkpoint directory; null takes the run's own
     * @param out new or empty
     * @throws org.align4j.core.error.InputException where there is no adapter or it doesn't fit; nothing was written
     */
    public static void merge(String model, @Nullable String adapter, Path out) {
        try {
            MergedModel.write(model, adapter, null, out, TrainingLog.SILENT);
        } catch (IOException failed) {
            throw new RunException(out + " could not be written: " + FileFailure.reason(failed) + ".", failed);
        }
    }

    /**
     * Reads a figure of a run's newest evaluation with its scale and rows. It is subtracted from, averaged and compared with another run's only
     * where both measure one thing, on one scale, of the same rows; else {@link org.align4j.core.error.InputException} says what differs.
     *
     * @param run a run directory
     * @param name a measure of the held-out rows, {@code margin}, or a figure of evaluations, {@code eval_loss}
     * @throws org.align4j.core.error.InputException where the run has no such figure, with those that it has
     */
    public static ScaledFigure figure(Path run, String name) {
        try {
            return FigureReader.read(run, name);
        } catch (IOException failed) {
            throw new RunException(
                    "The figures of " + run + " could not be read: " + FileFailure.reason(failed) + ".", failed);
        }
    }

    /**
     * Writes a run's report.html again, as {@code align report} does.
     *
     * @param run a run directory, finished or not
     * @return the page
     */
    public static Path report(Path run) {
        try {
            return HtmlReport.write(run);
        } catch (IOException failed) {
            throw new RunException(
                    "The report of " + run + " could not be written: " + FileFailure.reason(failed) + ".", failed);
        }
    }

    /**
     * Has a judge say which of several systems answered the same prompts better, as {@code align compare --answers} does.
     *
     * @param judge such as {@code reward:DIR}, {@code implicit:RUN}, {@code openai:URL#model} or {@code recorded:FILE}
     * @param answers a file a system, the first being what the others are held against
     * @return win rates with intervals, ratings, what they come to in sentences, and how many verdicts say nothing
     * @throws org.align4j.core.error.InputException where a file or the judge can't be read, or there are fewer than two files
     */
    public static ComparisonResult compare(String judge, Path... answers) {
        JudgeOptions judging = NamedOptions.create(JudgeOptions.class, Map.of());
        Judges.require(List.of(judge), judging);
        JvmSettings.require();
        JudgeSetting setting =
                new JudgeSetting(NamedOptions.create(EngineOptions.class, Map.of()), judging, TrainingLog.SILENT);
        List<SystemAnswers> systems = Arrays.stream(answers)
                .map(file -> SystemAnswers.read(file, null))
                .toList();
        return new SystemComparison(MatchedAnswers.of(systems, null), ComparisonRules.USUAL)
                .judge(judge, () -> Judges.open(judge, setting))
                .run(TrainingLog.SILENT);
    }

    /** Says how a model is to be opened. Each method returns a new one; a wish that can't be met is refused when the model opens. */
    public static final class Opening {
        private final Map<String, Object> options;

        Opening(Map<String, Object> options) {
            this.options = options;
        }

        /** Computes on {@code cpu}, {@code gpu} or {@code gpu:N}, or {@code auto}, on a GPU where there is one. */
        public Opening device(String device) {
            return option("device", device);
        }

        /** Computes in {@code fp32} or {@code bf16}, or {@code auto}, in bf16 where that is fast. */
        public Opening dtype(String dtype) {
            return option("dtype", dtype);
        }

        /** Computes with so many threads of the CPU. */
        public Opening threads(int threads) {
            return option("threads", threads);
        }

        /** Holds the layers' matrices in few bits, as training by method qlora needs it: {@code nf4} or {@code int8}. */
        public Opening quantization(String scheme) {
            return option("quantization", scheme);
        }

        /** Puts an adapter on the model: a PEFT, run or checkpoint directory. */
        public Opening adapter(String adapter) {
            return option("adapter", adapter);
        }

        /**
         * Sets any option of {@code align generate} that says which model is opened, and how, by its name.
         *
         * @param name such as {@code max-length}, {@code system} or {@code chat-template}
         */
        public Opening option(String name, Object value) {
            Map<String, Object> more = new LinkedHashMap<>(options);
            more.put(name, value);
            return new Opening(more);
        }

        /**
         * Opens the language model.
         *
         * @throws org.align4j.core.error.InputException where model or options are wrong, or the JVM was given what changes results
         */
        public LanguageModel open() {
            JvmSettings.require();
            OpeningOptions asked = NamedOptions.create(OpeningOptions.class, options);
            ModelSession session = ModelSession.open(asked.model(), asked.storage(), TrainingLog.SILENT);
            try {
                session.requireLanguageModel();
                return new LanguageModel(session, asked.model());
            } catch (RuntimeException | Error e) {
                session.close();
                throw e;
            }
        }

        /** Writes what was asked for so far. */
        @Override
        public String toString() {
            List<String> words = options.entrySet().stream()
                    .map(option -> option.getKey() + "=" + option.getValue())
                    .toList();
            return "Opening[" + Shortened.list(words) + "]";
        }
    }
}
