package org.align4j.desk.frontier;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align frontier}.
 *
 * @param form how the prompts' files are written
 */
record FrontierOptions(
        @Positional(label = "RUN…", help = "Run directories that began as one policy; --keep-every keeps checkpoints.")
        List<Path> runs,

        @Option(help = "Rows whose prompts every checkpoint answers; ones that no run was trained on.")
        List<String> prompts,

        @Option(
                help =
                        "Who scores the answers, and was not trained for: reward:DIR, implicit:RUN, openai:URL#model, class:NAME; one that reads two answers holds each against that of the policy before training.")
        String judge,

        @Option(
                help =
                        "What training raised, as a judge of the same answers: the page says where it and the judge part.",
                unset = "none")
        @Nullable
        String proxy,

        @Option(help = "Folder for frontier.json, the page and all answers; a stopped frontier goes on there.")
        Path out,

        @Option(help = "Layout of the prompts; auto sees it in the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the prompts' files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        FileForm form,

        @Option(
                help = "End at broken prompts, naming file and line of the first 20, or drop them.",
                defaultValue = "error")
        BadRows badRows,

        @Option(help = "Tokens an answer may have; more cut fewer answers and take longer.", defaultValue = "256")
        int maxNewTokens,

        @Option(
                help = "Answers of each checkpoint to each prompt; more narrow the intervals and take longer.",
                defaultValue = "1")
        int samples,

        @Option(
                help = "Texts at which an answer ends, comma separated; \\n is a line break.",
                defaultValue = "",
                escapes = true)
        List<String> stop,

        @Option(help = "Tokens that prompt and answer may have together; more take more memory.", unset = "model")
        @Nullable
        Integer maxLength,

        JudgeOptions judging,
        EngineOptions engine,
        TemplateOptions template) {
    /** The distribution of the model itself: only for answers drawn from it do log-ratios estimate its divergence. */
    private static final Sampling OWN = new Sampling(1, 0, 1);

    FrontierOptions {
        runs = List.copyOf(runs);
        columns = new Columns(columns).names();
        if (prompts.isEmpty()) {
            throw new InputException("prompts is empty, but every checkpoint must answer the same ones; name a file.");
        }
        List<String> judges = proxy == null ? List.of(judge) : List.of(judge, proxy);
        Judges.require(judges, judging);
        for (String each : judges) {
            if (Judges.isRecord(each)) {
                throw new InputException((each.equals(judge) ? "judge" : "proxy") + " is " + each
                        + ", which knows verdicts on answers that were given before; name a judge that can be asked.");
            }
        }
        if (judge.equals(proxy)) {
            throw new InputException("judge and proxy are both " + judge
                    + ", so that they could never part; give a judge that training didn't raise, or leave proxy out.");
        }
    }

    RowSource source() {
        return RowSource.of("prompts", prompts, format, new Columns(columns)).with(form);
    }

    AnsweringSettings answering() {
        return new AnsweringSettings(
                source(),
                badRows,
                new GenerationSettings(maxNewTokens, OWN, samples, engine.seed(), stop, false),
                maxLength,
                engine,
                template);
    }
}
