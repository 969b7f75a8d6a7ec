package org.align4j.core.compare;

import java.util.List;
import java.util.Map;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.EngineOptions;
import org.jspecify.annotations.Nullable;

/**
 * Says which prompts several models answer, and how long their answers are: a group of options of the commands that hold models against each other.
 *
 * @param form how the files are written
 */
public record AnsweringOptions(
        @Option(
                help = "Layout of the prompts; auto recognises it by the first row of each file.",
                defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the prompts' files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        FileForm form,

        @Option(
                help = "End at broken prompts, naming file and line of the first 20, or drop them.",
                defaultValue = "error")
        BadRows badRows,

        @Option(help = "Tokens that an answer may have; more cut fewer answers and take longer.", defaultValue = "256")
        int maxNewTokens,

        @Option(
                help = "Answers of a model to each prompt; more narrow the intervals and take longer.",
                defaultValue = "1")
        int samples,

        @Option(
                help = "Texts at which an answer ends, comma separated; \\n is a line break.",
                defaultValue = "",
                escapes = true)
        List<String> stop,

        @Option(help = "Tokens that prompt and answer may have together; more take more memory.", unset = "model")
        @Nullable
        Integer maxLength) {
    /** Checks the names of columns and the ranges. */
    public AnsweringOptions {
        columns = new Columns(columns).names();
        new GenerationSettings(maxNewTokens, Sampling.GREEDY, samples, 0, stop, false);
    }

    /** Returns where the prompts come from. */
    public RowSource source(List<String> prompts) {
        return RowSource.of("prompts", prompts, format, new Columns(columns)).with(form);
    }

    /** Returns how every model answers. */
    public AnsweringSettings settings(
            List<String> prompts, Sampling sampling, EngineOptions engine, TemplateOptions template) {
        return new AnsweringSettings(
                source(prompts),
                badRows,
                new GenerationSettings(maxNewTokens, sampling, samples, engine.seed(), stop, false),
                maxLength,
                engine,
                template);
    }
}
