package org.align4j.core.cli.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.EngineOptions;

/**
 * The options of {@code align rank}.
 *
 * @param form how the files are written
 */
record RankOptions(
        @Option(help = "Several answers to each prompt, as align generate --samples writes them.")
        String answers,

        @Option(help = "Who ranks: reward:DIR, implicit:RUN, openai:URL#model, class:NAME or recorded:FILE.")
        String judge,

        @Option(help = "File for the preference rows.") Path out,

        @Option(
                help = "The rows that were answered; the preferences then have their prompts as they were given.",
                defaultValue = "")
        List<String> prompts,

        @Option(help = "Layout of the prompts; auto sees it in the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the prompts' files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        FileForm form,

        JudgeOptions judging,
        EngineOptions engine) {

    /** Checks the judge's kind and the names of columns. */
    public RankOptions {
        Judges.require(List.of(judge), judging);
        columns = new Columns(columns).names();
    }

    RowSource source() {
        return RowSource.of("prompts", prompts, format, new Columns(columns)).with(form);
    }
}
