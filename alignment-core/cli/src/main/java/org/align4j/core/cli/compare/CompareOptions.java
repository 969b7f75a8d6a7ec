package org.align4j.core.cli.compare;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.compare.AlpacaFiles;
import org.align4j.core.compare.AnsweringOptions;
import org.align4j.core.compare.ComparisonRules;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.EngineOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align compare}.
 *
 * @param answering what is answered, and how long answers are
 */
record CompareOptions(
        SystemOptions systems,

        @Option(
                help =
                        "Judges: reward:DIR, implicit:RUN, openai:URL#model, class:NAME, recorded:FILE; several with commas.")
        List<String> judge,

        @Option(
                help =
                        "Folder for compare.json, verdicts.jsonl, answers and the page; a stopped comparison goes on there.")
        @Nullable
        Path out,

        AnsweringOptions answering,

        @Option.Usual("temperature=0") Sampling sampling,
        AnalysisOptions analysis,
        JudgeOptions judging,
        EngineOptions engine,
        TemplateOptions template) {
    /** The systems that are compared, and what they answer. */
    record SystemOptions(
            @Option(
                    help =
                            "Rows whose prompts are answered, or were, with their tags: .jsonl, .json, .parquet; files, globs, comma separated.",
                    defaultValue = "")
            List<String> prompts,

            @Option(
                    help =
                            "Models that answer, the first being what the others are compared with: model, run or adapter directories, org/name; base:RUN is what a run began as: its model, with the adapter that it went on from.",
                    defaultValue = "")
            List<String> models,

            @Option(
                    help =
                            "Files of answers, one a system, the first being what the others are compared with: align generate's, AlpacaEval's outputs, or JSON lines of prompt and output.",
                    defaultValue = "")
            List<String> answers,

            @Option(
                    help = "What the systems are called, in order; without it by their files or folders.",
                    defaultValue = "")
            List<String> names) {}

    /** The options for what compare computes from judges' verdicts. */
    record AnalysisOptions(
            @Option(help = "Judges that read both answers see each two systems, not only the first and each other one.")
            boolean allPairs,

            @Option(help = "AlpacaEval's df_gamed.csv, for its own length control; with alpaca-difficulty.") @Nullable
            Path alpacaBaselines,

            @Option(help = "AlpacaEval's instruction_difficulty.csv; with alpaca-baselines.") @Nullable
            Path alpacaDifficulty,

            @Option(
                    help =
                            "Resamples of the bootstraps of length control, agreement and ratings; more make the intervals' ends"
                                    + " steadier and take longer.",
                    defaultValue = "2000")
            int resamples,

            @Option(
                    help = "Lost matches of a system that are shown side by side; more make the page longer.",
                    defaultValue = "10")
            int losses) {}

    /** Checks what goes together. */
    public CompareOptions {
        if (!systems.models().isEmpty() && !systems.answers().isEmpty()) {
            throw new InputException(
                    "models and answers are both given, but systems either answer now or have answered;"
                            + " leave one out (align generate writes answers).");
        }
        if (!systems.models().isEmpty() && systems.prompts().isEmpty()) {
            throw new InputException("models are given but no prompts for them to answer; give prompts.");
        }
        if (systems.models().isEmpty()
                && systems.answers().isEmpty()
                && recordings(judge).isEmpty()) {
            throw new InputException("There is nothing to compare; give models with prompts, or answers.");
        }
        requireEnough("models", systems.models().size());
        requireEnough("answers", systems.answers().size());
        int given = Math.max(systems.models().size(), systems.answers().size());
        int count = given == 0 ? 2 : given; // annotations hold two
        if (!systems.names().isEmpty() && systems.names().size() != count) {
            throw new InputException("names has " + systems.names().size() + " names, but there are " + count
                    + " systems; give one each, in order.");
        }
        if ((analysis.alpacaBaselines() == null) != (analysis.alpacaDifficulty() == null)) {
            throw new InputException("AlpacaEval's length control needs two files, but "
                    + (analysis.alpacaBaselines() == null ? "alpaca-baselines" : "alpaca-difficulty")
                    + " is missing; give both or neither.");
        }
        Judges.require(judge, judging);
        new ComparisonRules(analysis.allPairs(), 0, analysis.resamples(), analysis.losses());
    }

    private static void requireEnough(String option, int systems) {
        if (systems == 1) {
            throw new InputException(option + " names one system only, but a comparison needs two or more.");
        }
    }

    private static List<String> recordings(List<String> judges) {
        return judges.stream().filter(judge -> judge.startsWith("recorded:")).toList();
    }

    /** Returns the file of annotations that holds both systems' answers. */
    String annotations() {
        return recordings(judge).get(0).substring("recorded:".length());
    }

    /** Reads AlpacaEval's two files; null where they aren't given. */
    @Nullable
    AlpacaAnchors alpaca() {
        return analysis.alpacaBaselines() == null || analysis.alpacaDifficulty() == null
                ? null
                : AlpacaFiles.read(analysis.alpacaBaselines(), analysis.alpacaDifficulty());
    }

    /**
     * Returns what the models are called.
     *
     * @throws InputException where two have one name, whose answers would lie in one file
     */
    List<String> modelNames() {
        List<String> all = systems.names().isEmpty()
                ? systems.models().stream().map(ComparedModel::usualName).toList()
                : systems.names();
        for (int i = 0; i < all.size(); i++) {
            int before = all.indexOf(all.get(i));
            if (before < i) {
                throw new InputException("Two systems are called " + all.get(i) + " ("
                        + systems.models().get(before) + " and "
                        + systems.models().get(i) + "); name them with names, as many as there are systems.");
            }
        }
        return all;
    }

    RowSource source() {
        return answering.source(systems.prompts());
    }

    AnsweringSettings answerSettings() {
        return answering.settings(systems.prompts(), sampling, engine, template);
    }

    ComparisonRules rules() {
        return new ComparisonRules(analysis.allPairs(), engine.seed(), analysis.resamples(), analysis.losses());
    }
}
