package org.align4j.desk.frontier;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.compare.AnsweringOptions;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.session.options.EngineOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align frontier}.
 *
 * @param answering what is answered, and how long answers are
 */
record FrontierOptions(
        @Positional(label = "RUN…", help = "Run directories that began as one policy; --keep-every keeps checkpoints.")
        List<Path> runs,

        @Option(help = "Rows whose prompts every checkpoint answers; ones that no run was trained on.")
        List<String> prompts,

        @Option(
                help =
                        "Who scores the answers, and was not trained for: reward:DIR, implicit:RUN, openai:URL#model, class:NAME; one that reads two answers compares each with that of the policy before training.")
        String judge,

        @Option(
                help =
                        "What training raised, as a judge of the same answers: the page says where it and the judge part.",
                unset = "none")
        @Nullable
        String proxy,

        @Option(help = "Folder for frontier.json, the page and all answers; a stopped frontier goes on there.")
        Path out,

        AnsweringOptions answering,
        JudgeOptions judging,
        EngineOptions engine,
        TemplateOptions template) {
    /** The distribution of the model itself: only for answers drawn from it do log-ratios estimate its divergence. */
    private static final Sampling OWN = new Sampling(1, 0, 1);

    FrontierOptions {
        runs = List.copyOf(runs);
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
        return answering.source(prompts);
    }

    AnsweringSettings answers() {
        return answering.settings(prompts, OWN, engine, template);
    }
}
